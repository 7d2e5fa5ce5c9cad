-- Other channels' calendars (RFC 5545): what they have sold is not sold here.

create table feeds (
    feed_id uuid primary key,
    offering_id uuid not null,
    name text not null,
    -- As its operator typed it; whoever has it may read the other channel's calendar.
    url text not null,
    -- What an event of the calendar takes: one unit, or everything that the slot has.
    blocks text not null,
    -- Of which option one unit is taken, where the offering has options.
    option text,
    state text not null default 'new',
    -- Why the latest attempt failed, as a code, and how many did since the last success.
    fault text,
    failures integer not null default 0,
    -- By which the other channel knows what we have read.
    etag text,
    last_modified text,
    -- When it was last tried, when it last answered, and when its content was last looked at: an
    -- unchanged calendar is read anew each day, because another day has come within the horizon.
    tried_at timestamptz,
    fetched_at timestamptz,
    parsed_at timestamptz,
    -- When it is read next; while somebody reads it, until when they have it to themselves.
    next_fetch_at timestamptz not null,
    edit_version integer not null default 1,
    entered_by uuid not null,
    entered_at timestamptz not null,
    constraint feeds_offering_exists foreign key (offering_id) references offerings,
    constraint feeds_url_is_unique unique (offering_id, url),
    constraint feeds_name_has_a_length check (length(name) between 1 and 60),
    constraint feeds_url_has_a_length check (length(url) between 1 and 2000),
    constraint feeds_blocks_are_known check (blocks in ('unit', 'all')),
    constraint feeds_option_is_of_a_unit check (option is null or blocks = 'unit'),
    constraint feeds_state_is_known check (state in ('new', 'good', 'failing')),
    constraint feeds_failing_for_a_reason check (
        (state = 'failing') = (fault is not null) and (state = 'failing') = (failures > 0)
    ),
    constraint feeds_tags_are_short check (
        length(etag) <= 500 and length(last_modified) <= 100
    ),
    constraint feeds_versions_count_up check (edit_version >= 1 and failures >= 0)
);

create index feeds_due on feeds (next_fetch_at);

-- What a calendar said when it was last read: days as they stand there (the last one excluded), or
-- instants. A hotel's night from Saturday to Sunday is the day Saturday.
create table feed_busy_times (
    feed_id uuid not null,
    place integer not null,
    first_day date,
    end_day date,
    starts_at timestamptz,
    ends_at timestamptz,
    constraint feed_busy_times_pkey primary key (feed_id, place),
    constraint feed_busy_times_feed_exists
    foreign key (feed_id) references feeds on delete cascade,
    constraint feed_busy_times_are_days_or_instants check (
        (first_day is null) = (end_day is null)
        and (starts_at is null) = (ends_at is null)
        and (first_day is null) <> (starts_at is null)
    ),
    constraint feed_busy_times_end_after_they_start check (
        coalesce(end_day > first_day, ends_at > starts_at)
    ),
    constraint feed_busy_times_are_few check (place between 1 and 5000)
);

alter table slots
    -- Units that other channels have sold: of the whole slot, or by option as {"code": units}. What
    -- is published is what is left.
    add column blocked integer not null default 0,
    add column blocked_parts jsonb not null default '{}',
    add constraint slots_blocked_in_range check (blocked between 0 and 1000000),
    add constraint slots_blocked_parts_are_an_object check (
        jsonb_typeof(blocked_parts) = 'object'
    );

create index slots_blocked_ahead on slots (offering_id, starts_at)
where blocked > 0 or blocked_parts <> '{}';

create function unblocked_parts(parts jsonb, blocked integer, blocked_parts jsonb) returns jsonb
language sql immutable
return coalesce(
    (
        select
            jsonb_agg(
                jsonb_build_object(
                    'option', part -> 'option',
                    'capacity', greatest(
                        (part -> 'capacity')::integer
                        - blocked
                        - coalesce((blocked_parts ->> (part ->> 'option'))::integer, 0),
                        0
                    )
                )
                order by place
            )
        from jsonb_array_elements(parts) with ordinality as listed (part, place)
    ),
    '[]'
);

create function units_not_blocked(
    capacity integer, parts jsonb, blocked integer, blocked_parts jsonb
) returns integer
language sql immutable
return case
    when parts = '[]' then greatest(capacity - blocked, 0)
    else units_in_parts(unblocked_parts(parts, blocked, blocked_parts))::integer
end;

-- What search counts as offered is what is published.
create or replace function offered_parts(slot slots) returns jsonb
language sql immutable
as $$
    select case
        when slot.parts = '[]' then jsonb_build_array(
            jsonb_build_object(
                'option', '', 'capacity', greatest(slot.capacity - slot.blocked, 0)
            )
        )
        when slot.blocked = 0 and slot.blocked_parts = '{}' then slot.parts
        else unblocked_parts(slot.parts, slot.blocked, slot.blocked_parts)
    end
$$;

create or replace function note_days_of_changed_slots() returns trigger
language plpgsql
set search_path from current
-- Nothing is known of how many rows a statement changes: thousands, one by one, take a minute.
set enable_nestloop = off
as $$
declare
    ids uuid[];
    days date[];
begin
    select array_agg(offering_id), array_agg(day) into ids, days
    from (
        select distinct changed.offering_id, changed.day
        from changed
        join earlier using (slot_id)
        where
            (
                changed.offered, changed.capacity, changed.parts, changed.ends_at,
                changed.blocked, changed.blocked_parts
            ) is distinct from (
                earlier.offered, earlier.capacity, earlier.parts, earlier.ends_at,
                earlier.blocked, earlier.blocked_parts
            )
    ) as touched;
    if ids is not null then
        perform note_offering_days(ids, days);
    end if;
    return null;
end
$$;
