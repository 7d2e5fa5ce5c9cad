-- A slot has a pool for each option of its offering (a type of pitch, tables of one size); '' is
-- the only one where an offering has none. Pools know how full they are, and who waits for them.

create function capacity_level(taken integer, capacity integer) returns text
language sql immutable
return case
    when taken > capacity then 'over'
    when taken = capacity then 'full'
    when taken * 100::bigint >= capacity * 90::bigint then 'steer'
    when taken * 100::bigint >= capacity * 80::bigint then 'warn'
    else 'open'
end;

alter table pools
    add column option text not null default '',
    -- By this id the others hear of a pool.
    add column pool_uuid uuid not null default uuidv7(),
    add column level text not null default 'open'
        constraint pools_level_check check (level in ('open', 'warn', 'steer', 'full', 'over')),
    -- Counts what was told of the level.
    add column level_version integer not null default 0,
    -- Parties on the waiting list that want this pool.
    add column waiters integer not null default 0
        constraint pools_waiters_check check (waiters >= 0),
    -- Places that came back while somebody waited: kept from the public until then, so that the
    -- waiting list can offer them first.
    add column held_back integer not null default 0
        constraint pools_held_back_check check (held_back >= 0),
    add column held_back_until timestamptz not null default '-infinity',
    drop constraint pools_subject_key,
    add constraint pools_subject_key unique (scope, subject_id, day, option),
    add constraint pools_option_is_of_a_slot check (option = '' or scope = 'slot');

update pools set level = capacity_level(taken, capacity);

-- Whoever changes a pool: its level follows, and each crossing is told once. The event's shape is
-- that of capacity.level_changed.v1.
create function note_capacity_level() returns trigger
language plpgsql
as $$
begin
    new.level := capacity_level(new.taken, new.capacity);
    if tg_op = 'UPDATE' then
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

create trigger pools_begin_at_a_level
before insert on pools
for each row
execute function note_capacity_level();

-- The condition keeps the function out of nearly all orders.
create trigger pools_level_follows
before update of taken, capacity on pools
for each row
when (old.level <> capacity_level(new.taken, new.capacity))
execute function note_capacity_level();

-- `own_pools`: the slot's own pools by option. `around_pools`: its venue-day, village-day and
-- district-day. `sold_until`: when it is too late to book.
alter table slots
    add column own_pools jsonb,
    add column around_pools bigint[],
    add column sold_until timestamptz;

update slots
set
    own_pools = jsonb_build_object('', pool_ids[1]),
    around_pools = pool_ids[2:4],
    sold_until = case
        when kind = 'stay' then (slots.day + 1)::timestamp at time zone 'Asia/Shanghai'
        else starts_at
    end
from offerings
where offerings.offering_id = slots.offering_id;
-- A slot whose offering is not known yet is heard of again with it, or never sold.
update slots
set
    own_pools = jsonb_build_object('', pool_ids[1]),
    around_pools = pool_ids[2:4],
    sold_until = starts_at
where own_pools is null;

alter table slots
    alter column own_pools set not null,
    alter column around_pools set not null,
    alter column sold_until set not null,
    drop column pool_ids,
    add constraint slots_around_pools_check check (cardinality(around_pools) = 3),
    add constraint slots_own_pools_check check (own_pools <> '{}');
