-- Every version of a year that ever counted, and new ones that wait to be looked at.

-- Nothing here is changed or deleted: it says what was told, by whom, and when.
create table calendar_versions (
    year integer not null,
    version integer not null,
    source text not null,
    -- [{"day", "day_type", "name"}, ...] by day.
    days jsonb not null,
    published_at timestamptz not null default now(),
    -- The account that entered it; none for the years that come with the service.
    published_by uuid,
    constraint calendar_versions_pkey primary key (year, version),
    constraint calendar_versions_year_is_entered
    foreign key (year) references calendars (year),
    constraint calendar_versions_count_from_one check (version >= 1),
    constraint calendar_versions_source_has_a_length check (length(source) between 1 and 300),
    constraint calendar_versions_days_are_few check (
        jsonb_typeof(days) = 'array' and jsonb_array_length(days) <= 366
    )
);

create function refuse_changing_history() returns trigger
language plpgsql
as $$
begin
    raise exception 'what was told of a year stays told'
        using errcode = 'check_violation', constraint = 'calendar_versions_stay';
end
$$;

create trigger calendar_versions_stay
before update or delete on calendar_versions
for each row execute function refuse_changing_history();

-- Of what was told before, the latest is known.
insert into calendar_versions (year, version, source, days)
select
    c.year,
    c.version,
    c.source,
    coalesce(
        (
            select
                jsonb_agg(
                    jsonb_build_object('day', day, 'day_type', day_type, 'name', name)
                    order by day
                )
            from calendar_days d
            where d.year = c.year
        ),
        '[]'
    )
from calendars c
where c.version >= 1;

-- A year as a file says it. It counts once somebody approves it.
create table calendar_imports (
    import_id uuid primary key,
    year integer not null,
    source text not null,
    days jsonb not null,
    -- The version of the year that the preview compares it with; 0 where the year was not known.
    based_on integer not null,
    imported_by uuid not null,
    imported_at timestamptz not null default now(),
    approved_by uuid,
    approved_at timestamptz,
    constraint calendar_imports_year_in_range check (year between 2020 and 2100),
    constraint calendar_imports_source_has_a_length check (length(source) between 1 and 300),
    constraint calendar_imports_days_are_few check (
        jsonb_typeof(days) = 'array' and jsonb_array_length(days) between 1 and 366
    ),
    constraint calendar_imports_based_on_counts_up check (based_on >= 0),
    constraint calendar_imports_are_approved_by_somebody check (
        (approved_by is null) = (approved_at is null)
    )
);
