-- When an offering takes place: on these weekdays from the first to the last day. Days and times
-- are those of the villages (Asia/Shanghai).
create table schedules (
    offering_id uuid primary key,
    kind text not null,
    -- ISO weekdays: 1 is Monday, 7 is Sunday.
    weekdays smallint[] not null,
    -- When the sessions begin. A stay has none: its times are the same everywhere.
    times time[] not null,
    first_day date not null,
    last_day date not null,
    -- Of each slot: pitches for a stay, persons for a session.
    capacity integer not null,
    -- The last day up to which slots were made; the rest follows as the days come near.
    slots_until date,
    constraint schedules_offering_exists
    foreign key (offering_id, kind) references offerings (offering_id, kind),
    constraint schedules_weekdays_are_weekdays check (
        cardinality(weekdays) between 1 and 7
        and weekdays <@ array[1, 2, 3, 4, 5, 6, 7]::smallint[]
    ),
    constraint schedules_sessions_have_times check (
        (kind = 'session') = (cardinality(times) >= 1)
    ),
    constraint schedules_times_are_few check (
        cardinality(times) <= 24 and array_position(times, null) is null
    ),
    constraint schedules_last_day_is_not_before_first check (last_day >= first_day),
    constraint schedules_capacity_in_range check (capacity between 1 and 1000000)
);

-- One unit of bookable time. Rows stay when a schedule drops them: others may have sold them.
create table slots (
    slot_id uuid primary key default uuidv7(),
    offering_id uuid not null,
    day date not null,
    starts_at timestamptz not null,
    ends_at timestamptz not null,
    capacity integer not null,
    -- Whether the schedule (still) has it.
    offered boolean not null default true,
    -- Whether its latest event said that it is on sale as it is now.
    published boolean not null default false,
    event_version integer not null default 0,
    constraint slots_offering_exists foreign key (offering_id) references offerings,
    constraint slots_one_per_start unique (offering_id, starts_at),
    constraint slots_end_after_start check (ends_at > starts_at),
    constraint slots_day_is_the_local_day check (
        day = (starts_at at time zone 'Asia/Shanghai')::date
    ),
    constraint slots_capacity_in_range check (capacity between 1 and 1000000),
    constraint slots_published_is_offered check (offered or not published),
    constraint slots_published_is_told check (not published or event_version >= 1)
);

-- "What can be booked that day?"
create index slots_by_day on slots (day, offering_id) where offered;

-- There is nothing to approve about a venue that offers nothing.
create function refuse_publishing_without_schedule() returns trigger
language plpgsql
set search_path from current
as $$
begin
    if not exists (
        select from schedules join offerings using (offering_id) where venue_id = new.venue_id
    ) then
        raise exception 'venue % has no offering with a schedule', new.venue_id
            using errcode = 'check_violation', constraint = 'venues_published_have_a_schedule';
    end if;
    return new;
end
$$;

create trigger venues_published_have_a_schedule
before update of state on venues
for each row when (new.state = 'published' and old.state <> 'published')
execute function refuse_publishing_without_schedule();
