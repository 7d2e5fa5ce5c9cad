-- What the others were last told of how many places a pool has left. A pool that is not here was
-- never told of: it has all places that were published of it. No foreign key: its check would lock
-- the very rows that all orders want.
create table told_places (
    pool_id bigint primary key,
    capacity integer not null,
    places_left integer not null,
    -- Counts what was told.
    version integer not null,
    constraint told_places_left_check check (places_left between 0 and capacity),
    constraint told_places_version_check check (version >= 1)
)
with (fillfactor = 70);

-- From which shares of its day's capacity on a village is nearly full, and visitors are shown to
-- quieter ones: as the office sets it, in percent.
alter table villages
    add column warn_percent smallint not null default 80,
    add column steer_percent smallint not null default 90,
    add constraint villages_thresholds_check
        check (warn_percent >= 50 and steer_percent > warn_percent and steer_percent <= 100);

create function capacity_level(
    taken integer, capacity integer, warn_percent smallint, steer_percent smallint
) returns text
language sql immutable
return case
    when taken > capacity then 'over'
    when taken = capacity then 'full'
    when taken * 100::bigint >= capacity * steer_percent::bigint then 'steer'
    when taken * 100::bigint >= capacity * warn_percent::bigint then 'warn'
    else 'open'
end;

-- As before; a village's day counts by the village's own thresholds.
create or replace function note_capacity_level() returns trigger
language plpgsql
as $$
begin
    new.level := capacity_level(new.taken, new.capacity);
    if new.scope = 'village_day' then
        new.level := coalesce(
            (
                select capacity_level(new.taken, new.capacity, warn_percent, steer_percent)
                from villages
                where village_id = new.subject_id
            ),
            new.level
        );
    end if;
    if tg_op = 'UPDATE' and new.level <> old.level then
        new.level_version := old.level_version + 1;
        insert into outbox (id, topic, subject, version, type, payload)
        values (
            uuidv7(), 'bookings.capacity', new.pool_uuid, new.level_version,
            'capacity.level_changed.v1',
            json_build_object(
                'pool_id', new.pool_uuid,
                'scope', new.scope,
                'subject_id', new.subject_id,
                'option', new.option,
                'day', new.day,
                'capacity', new.capacity,
                'taken', new.taken,
                'earlier_level', old.level,
                'level', new.level
            )
        );
    end if;
    return new;
end
$$;

drop trigger pools_level_follows on pools;

-- The condition keeps the function out of nearly all orders. A village's day has to be looked at
-- each time, but it is one row for all orders of a batch.
create trigger pools_level_follows
before update of taken, capacity on pools
for each row
when (
    old.scope = 'village_day' or old.level <> capacity_level(new.taken, new.capacity)
)
execute function note_capacity_level();
