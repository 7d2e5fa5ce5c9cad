create table offerings (
    offering_id uuid primary key,
    venue_id uuid not null,
    slug text not null,
    -- stay: nights, sold by the pitch; session: a fixed start, sold by the seat.
    kind text not null,
    name jsonb not null,
    description jsonb not null,
    payment text not null,
    persons_per_unit smallint,
    duration_minutes smallint,
    -- Whether its latest event said that it is on sale.
    published boolean not null default false,
    edit_version integer not null default 1,
    event_version integer not null default 0,
    created_at timestamptz not null default now(),
    search_text text not null generated always as (
        (name ->> 'zh') || ' ' || (name ->> 'en')
    ) stored,
    constraint offerings_venue_exists foreign key (venue_id) references venues,
    constraint offerings_slug_is_unique unique (venue_id, slug),
    constraint offerings_slug_is_a_slug check (is_slug(slug)),
    constraint offerings_kind_is_known check (kind in ('stay', 'session')),
    constraint offerings_name_is_localized check (is_localized(name, 120)),
    constraint offerings_description_is_localized check (is_localized(description, 4000)),
    constraint offerings_payment_is_known check (payment in ('free', 'on_site')),
    constraint offerings_stay_has_persons_per_unit check (
        (kind = 'stay') = (persons_per_unit is not null)
    ),
    constraint offerings_session_has_duration check (
        (kind = 'session') = (duration_minutes is not null)
    ),
    constraint offerings_persons_per_unit_in_range check (persons_per_unit between 1 and 100),
    constraint offerings_duration_in_range check (duration_minutes between 5 and 1440),
    constraint offerings_versions_count_up check (edit_version >= 1 and event_version >= 0),
    constraint offerings_published_is_told check (not published or event_version >= 1),
    -- For foreign keys of what depends on the kind; it also keeps the kind from changing.
    constraint offerings_with_kind unique (offering_id, kind)
);

create index offerings_search on offerings using gin (search_text extensions.gin_trgm_ops);

create table offering_prices (
    offering_id uuid not null,
    kind text not null,
    ticket_type text not null,
    fen bigint not null,
    constraint offering_prices_pkey primary key (offering_id, ticket_type),
    constraint offering_prices_offering_exists
    foreign key (offering_id, kind) references offerings (offering_id, kind),
    constraint offering_prices_ticket_type_is_known check (
        ticket_type in ('adult', 'child', 'senior', 'pitch')
    ),
    constraint offering_prices_ticket_type_fits_kind check (
        (kind = 'stay') = (ticket_type = 'pitch')
    ),
    constraint offering_prices_fen_in_range check (fen between 0 and 100000000)
);

-- Rules over all prices of one offering. They are looked at when the transaction ends, because an
-- offering is written before its prices, and prices are replaced one after the other.
create function refuse_unfit_prices() returns trigger
language plpgsql
set search_path from current
as $$
declare
    changed uuid := coalesce(new.offering_id, old.offering_id);
    policy text;
    dearest bigint;
begin
    select payment into policy from offerings where offering_id = changed;
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
    return null;
end
$$;

create constraint trigger offerings_fit_their_prices
after insert or update of payment on offerings
deferrable initially deferred
for each row execute function refuse_unfit_prices();

create constraint trigger offering_prices_fit_together
after insert or update or delete on offering_prices
deferrable initially deferred
for each row execute function refuse_unfit_prices();
