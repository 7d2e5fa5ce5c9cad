-- Opening hours for tables and for entries without fixed times; slots that say how many units of
-- each option they have.

alter table schedules
    -- In place of `times`: the hours of tables, and of entries that last the whole day.
    add column opens_at time,
    add column closes_at time,
    drop constraint schedules_sessions_have_times,
    add constraint schedules_times_fit_kind check (
        case kind
            when 'stay' then cardinality(times) = 0 and opens_at is null
            when 'session' then cardinality(times) >= 1 and opens_at is null
            when 'table' then cardinality(times) = 0 and opens_at is not null
            else (cardinality(times) >= 1) = (opens_at is null)
        end
    ),
    add constraint schedules_close_after_they_open check (
        (opens_at is null) = (closes_at is null) and coalesce(closes_at > opens_at, true)
    ),
    add constraint schedules_of_tables_keep_to_the_quarter check (
        kind <> 'table'
        or (
            extract(epoch from opens_at)::integer % 900 = 0
            and extract(epoch from closes_at)::integer % 900 = 0
        )
    );

-- How many units all parts of a slot have together.
create function units_in_parts(parts jsonb) returns bigint
language sql immutable
return (select sum((part -> 'capacity')::bigint) from jsonb_array_elements(parts) as part);

alter table slots
    -- [{"option", "capacity"}, ...] in the order of the offering's options; empty without any.
    add column parts jsonb not null default '[]',
    add constraint slots_parts_add_up_to_capacity check (
        parts = '[]' or coalesce(units_in_parts(parts) = capacity, false)
    );
