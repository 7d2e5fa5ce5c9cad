-- Four kinds of offerings, their terms, and the days of the year.

-- Every edition of an offering that was ever on sale: an order line refers to the one that it was
-- sold under, so its prices and refund rules stay what the visitor saw.
create table offering_editions (
    offering_id uuid not null,
    version integer not null,
    prices jsonb not null,
    terms jsonb not null,
    payment text not null
        constraint offering_editions_payment_check check (payment in ('free', 'on_site', 'online')),
    persons_per_unit integer
        constraint offering_editions_persons_per_unit_check check (persons_per_unit > 0),
    constraint offering_editions_pkey primary key (offering_id, version)
);

insert into offering_editions (offering_id, version, prices, terms, payment, persons_per_unit)
select offering_id, version, prices, '{}', payment, persons_per_unit
from offerings;

alter table offerings
    -- The edition that is on sale; `version` also counts withdrawals.
    add column edition integer;
update offerings set edition = version;
alter table offerings
    alter column edition set not null,
    drop constraint offerings_kind_check,
    drop column prices,
    drop column payment,
    drop column persons_per_unit,
    add constraint offerings_kind_check check (kind in ('stay', 'table', 'session', 'entry')),
    add constraint offerings_edition_exists
        foreign key (offering_id, edition) references offering_editions (offering_id, version);

-- The years that were decreed, and their days that are not what their weekdays say.
create table calendar_years (
    year integer primary key,
    version integer not null
);

create table calendar_days (
    day date primary key,
    year integer not null
        constraint calendar_days_year_fkey references calendar_years (year) on delete cascade,
    day_type text not null
        constraint calendar_days_day_type_check
        check (day_type in ('workday', 'weekend', 'holiday', 'make_up_workday')),
    constraint calendar_days_are_of_their_year check (extract(year from day) = year)
);

create index calendar_days_year_index on calendar_days (year);

-- The day type of a day; null for a day of a year that is not known, about which nobody guesses.
create function day_type_of(asked date) returns text
language sql stable
as $$
    select coalesce(
        (select day_type from calendar_days where day = asked),
        case when extract(isodow from asked) < 6 then 'workday' else 'weekend' end
    )
    from calendar_years
    where year = extract(year from asked)
$$;
