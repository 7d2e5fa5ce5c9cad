-- What kind of day a day is, by the State Council's yearly notice. A year that is not here is not
-- known, and nothing may be guessed about it.
create table calendars (
    calendar_id uuid primary key,
    year integer not null,
    -- The notice that decreed the year.
    source text not null,
    -- Counts what the others were told: entity tag, and version of the latest event. 0 only
    -- within the transaction that creates the row.
    version integer not null default 0,
    constraint calendars_year_is_unique unique (year),
    constraint calendars_year_in_range check (year between 2020 and 2100),
    constraint calendars_source_has_a_length check (length(source) between 1 and 300),
    constraint calendars_version_counts_up check (version >= 0)
);

-- The days that are not what their weekday says, and the days off that are weekend anyway. All
-- others are workdays from Monday to Friday, else weekend.
create table calendar_days (
    day date primary key,
    year integer not null,
    day_type text not null,
    name jsonb not null,
    constraint calendar_days_year_is_decreed
    foreign key (year) references calendars (year) on delete cascade,
    constraint calendar_days_are_of_their_year check (extract(year from day) = year),
    constraint calendar_days_type_is_known check (day_type in ('holiday', 'make_up_workday')),
    constraint calendar_days_make_up_on_weekends check (
        day_type <> 'make_up_workday' or extract(isodow from day) >= 6
    ),
    constraint calendar_days_name_is_localized check (is_localized(name, 120))
);

create index calendar_days_of_year on calendar_days (year);
