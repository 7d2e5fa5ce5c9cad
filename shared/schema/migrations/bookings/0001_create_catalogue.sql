-- What the venues service publishes, as bookings needs it: a projection of its events.
-- `version` is the source's; an event with a lower one is stale and changes nothing.
-- Events of different topics arrive in any order, so these tables do not refer to each other.

-- What was withdrawn, and at which version: a publication that is heard of later but is older (a
-- dead letter that was replayed) must not put it on sale again.
create table withdrawals (
    subject_id uuid primary key,
    version integer not null
);

create table villages (
    village_id uuid primary key,
    district_id uuid not null,
    name jsonb not null,
    day_capacity integer not null constraint villages_day_capacity_check check (day_capacity >= 0),
    district_day_capacity integer not null
        constraint villages_district_day_capacity_check check (district_day_capacity >= 0),
    version integer not null
);

create table venues (
    venue_id uuid primary key,
    village_id uuid not null,
    organisation_id uuid not null,
    name jsonb not null,
    address jsonb not null,
    day_capacity integer not null constraint venues_day_capacity_check check (day_capacity >= 0),
    on_sale boolean not null,
    version integer not null
);

create index venues_organisation_id_index on venues (organisation_id);

create table offerings (
    offering_id uuid primary key,
    venue_id uuid not null,
    village_id uuid not null,
    organisation_id uuid not null,
    kind text not null constraint offerings_kind_check check (kind in ('stay', 'session')),
    name jsonb not null,
    prices jsonb not null,
    payment text not null constraint offerings_payment_check check (payment in ('free', 'on_site')),
    persons_per_unit integer,
    on_sale boolean not null,
    version integer not null,
    constraint offerings_persons_per_unit_check
        check ((kind = 'stay') = (persons_per_unit is not null) and persons_per_unit > 0)
);
