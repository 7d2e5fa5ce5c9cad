-- Four kinds of offerings, their terms, and prices by day type and by option.

-- The codes of the options in an offering's terms, in their order.
create function option_codes(terms jsonb) returns text[]
language sql immutable
return array(
    select unit ->> 'code'
    from jsonb_array_elements(terms -> 'options') with ordinality as listed (unit, place)
    order by place
);

alter table offerings
    -- What was said beyond name and prices; what is not said is as by default. Its form is
    -- `OfferingTerms` in shared/contracts/terms.py.
    add column terms jsonb not null default '{}',
    drop constraint offerings_kind_is_known,
    drop constraint offerings_payment_is_known,
    drop constraint offerings_stay_has_persons_per_unit,
    drop constraint offerings_session_has_duration,
    -- table: quarters of an hour, sold by the table; entry: a day or a timed entry, by the person.
    add constraint offerings_kind_is_known check (kind in ('stay', 'table', 'session', 'entry')),
    add constraint offerings_payment_is_known check (payment in ('free', 'on_site', 'online')),
    add constraint offerings_terms_are_an_object check (jsonb_typeof(terms) = 'object'),
    add constraint offerings_options_fit_kind check (
        case kind
            when 'table' then cardinality(option_codes(terms)) >= 1
            when 'stay' then cardinality(option_codes(terms)) >= 0
            else cardinality(option_codes(terms)) = 0
        end
    ),
    -- Each type of pitch says by itself how many people it holds.
    add constraint offerings_stay_has_persons_per_unit check (
        case kind
            when 'stay'
                then persons_per_unit is not null or cardinality(option_codes(terms)) >= 1
            else persons_per_unit is null
        end
    ),
    -- An entry has one where it is timed.
    add constraint offerings_session_has_duration check (
        case kind
            when 'session' then duration_minutes is not null
            when 'entry' then true
            else duration_minutes is null
        end
    );

-- '' stands for all day types and for all options. The key keeps its name, by which the previous
-- release writes prices.
alter table offering_prices
    add column day_type text not null default '',
    add column option text not null default '',
    drop constraint offering_prices_pkey,
    drop constraint offering_prices_ticket_type_is_known,
    drop constraint offering_prices_ticket_type_fits_kind,
    add constraint offering_prices_pkey
        primary key (offering_id, ticket_type, day_type, option),
    add constraint offering_prices_ticket_type_is_known check (
        ticket_type in ('adult', 'child', 'senior', 'pitch', 'table')
    ),
    add constraint offering_prices_ticket_type_fits_kind check (
        (kind = 'stay') = (ticket_type = 'pitch')
        and (ticket_type <> 'table' or kind = 'table')
    ),
    add constraint offering_prices_day_type_is_known check (
        day_type in ('', 'workday', 'weekend', 'holiday', 'make_up_workday')
    ),
    -- Who books a table does not choose its size, and so can't be asked the price of one.
    add constraint offering_prices_option_is_of_a_stay check (option = '' or kind = 'stay');

create or replace function refuse_unfit_prices() returns trigger
language plpgsql
set search_path from current
as $$
declare
    changed uuid := coalesce(new.offering_id, old.offering_id);
    policy text;
    codes text[];
    dearest bigint;
begin
    select payment, option_codes(terms) into policy, codes
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
        select from offering_prices p
        where p.offering_id = changed
        group by p.ticket_type
        having
            not bool_or(p.day_type = '' and p.option = '')
            and not coalesce(
                codes <> '{}' and codes <@ array_agg(p.option) filter (where p.day_type = ''),
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

drop trigger offerings_fit_their_prices on offerings;

create constraint trigger offerings_fit_their_prices
after insert or update of payment, terms on offerings
deferrable initially deferred
for each row execute function refuse_unfit_prices();
