-- Schedules with rules, exceptions and days without; prices and terms by season.

alter table schedules
    -- {"rules": [...], "exceptions": [...], "blackouts": [...]}, what is not said left out. Its form
    -- is that of the schedule's API, services/venues/schedule_fields.py.
    add column plan jsonb not null default '{}',
    -- Whether a rule asks what kind of day it is: then a corrected calendar makes other slots.
    add column reads_day_types boolean not null default false,
    -- The versions of all years together, when the slots were made.
    add column calendar_mark bigint not null default 0,
    drop constraint schedules_weekdays_are_weekdays,
    -- A schedule of rules alone has no weekdays of its own.
    add constraint schedules_weekdays_are_weekdays check (
        cardinality(weekdays) between case when plan = '{}' then 1 else 0 end and 7
        and weekdays <@ array[1, 2, 3, 4, 5, 6, 7]::smallint[]
    ),
    add constraint schedules_plan_is_bounded check (
        jsonb_typeof(plan) = 'object'
        and plan - array['rules', 'exceptions', 'blackouts'] = '{}'
        and jsonb_array_length(coalesce(plan -> 'rules', '[]')) <= 20
        and jsonb_array_length(coalesce(plan -> 'exceptions', '[]')) <= 100
        and jsonb_array_length(coalesce(plan -> 'blackouts', '[]')) <= 20
    );

-- The codes of the seasons in an offering's terms.
create function season_codes(terms jsonb) returns text[]
language sql immutable
return array(select season ->> 'code' from jsonb_array_elements(terms -> 'seasons') as season);

-- '' stands for all seasons. The key keeps its name, by which the previous release writes prices.
alter table offering_prices
    add column season text not null default '',
    drop constraint offering_prices_pkey,
    add constraint offering_prices_pkey
        primary key (offering_id, ticket_type, day_type, option, season);

create or replace function refuse_unfit_prices() returns trigger
language plpgsql
set search_path from current
as $$
declare
    changed uuid := coalesce(new.offering_id, old.offering_id);
    policy text;
    codes text[];
    seasons text[];
    dearest bigint;
begin
    select payment, option_codes(terms), season_codes(terms) into policy, codes, seasons
    from offerings where offering_id = changed;
    if not found then
        return null;
    end if;
    select max(fen) into dearest from offering_prices where offering_id = changed;
    if dearest is null then
        raise exception 'offering % has no price', changed
            using errcode = 'check_violation', constraint = 'offerings_have_a_price';
    end if;
    if (policy = 'free') <> (dearest = 0) then
        raise exception 'offering % is free exactly where all of its prices are 0', changed
            using errcode = 'check_violation', constraint = 'offerings_free_means_prices_of_zero';
    end if;
    if exists (
        select from offering_prices
        where offering_id = changed and option <> '' and option <> all(codes)
    ) then
        raise exception 'offering % has a price for an option that it has not', changed
            using errcode = 'check_violation', constraint = 'offerings_price_their_own_options';
    end if;
    if exists (
        select from offering_prices
        where offering_id = changed and season <> '' and season <> all(seasons)
    ) then
        raise exception 'offering % has a price for a season that it has not', changed
            using errcode = 'check_violation', constraint = 'offerings_price_their_own_seasons';
    end if;
    -- Seasons come and go: what holds on all days holds in none of them alone.
    if exists (
        select from offering_prices p
        where p.offering_id = changed
        group by p.ticket_type
        having
            not bool_or(p.day_type = '' and p.option = '' and p.season = '')
            and not coalesce(
                codes <> '{}' and codes <@ array_agg(p.option)
                    filter (where p.day_type = '' and p.season = ''),
                false
            )
    ) then
        raise exception 'offering % has a ticket type that has no price on some days', changed
            using errcode = 'check_violation', constraint = 'offerings_have_a_price_every_day';
    end if;
    if (
        select count(distinct ticket_type = 'table') from offering_prices
        where offering_id = changed
    ) > 1 then
        raise exception 'offering % is sold both by the table and by the person', changed
            using errcode = 'check_violation', constraint = 'offerings_sell_tables_or_places';
    end if;
    return null;
end
$$;
