-- An order is one checkout: all of its lines or none. A line carries its claims as two arrays,
-- which pool and how many; its tickets are derived from it (line and ordinal, signed), and a row
-- exists only for what happened to one: its check-in.

create table orders (
    order_id uuid primary key,
    code text not null constraint orders_code_key unique,
    account_id uuid not null,
    state text not null
        constraint orders_state_check
        check (state in ('held', 'confirmed', 'completed', 'cancelled', 'expired', 'no_show')),
    payment_method text
        constraint orders_payment_method_check check (payment_method in ('free', 'on_site')),
    accepted_payment text not null
        constraint orders_accepted_payment_check check (accepted_payment in ('free', 'on_site')),
    total_fen bigint not null constraint orders_total_fen_check check (total_fen >= 0),
    contact_sealed bytea not null,
    placed_at timestamptz not null default now(),
    hold_expires_at timestamptz,
    confirmed_at timestamptz,
    cancelled_at timestamptz,
    version integer not null default 1,
    constraint orders_held_until_check check ((state = 'held') <= (hold_expires_at is not null)),
    constraint orders_confirmed_at_check
        check ((state in ('confirmed', 'completed', 'no_show')) <= (confirmed_at is not null)),
    constraint orders_confirmed_payment_check
        check ((confirmed_at is not null) = (payment_method is not null)),
    constraint orders_payment_is_accepted_check check (payment_method = accepted_payment),
    constraint orders_cancelled_at_check check ((state = 'cancelled') = (cancelled_at is not null))
);

create index orders_account_id_index on orders (account_id, order_id desc);
create index orders_held_account_id_index on orders (account_id) where state = 'held';
create index orders_hold_expires_at_index on orders (hold_expires_at) where state = 'held';

create table order_lines (
    line_id uuid primary key,
    order_id uuid not null
        constraint order_lines_order_id_fkey references orders (order_id),
    position smallint not null,
    offering_id uuid not null,
    venue_id uuid not null,
    organisation_id uuid not null,
    village_id uuid not null,
    kind text not null constraint order_lines_kind_check check (kind in ('stay', 'session')),
    offering_name jsonb not null,
    venue_name jsonb not null,
    village_name jsonb not null,
    address jsonb not null,
    day date not null,
    nights smallint not null,
    starts_at timestamptz not null,
    ends_at timestamptz not null,
    tickets jsonb not null,
    persons integer not null constraint order_lines_persons_check check (persons > 0),
    units integer not null constraint order_lines_units_check check (units > 0),
    price_fen bigint not null constraint order_lines_price_fen_check check (price_fen >= 0),
    pool_ids bigint[] not null,
    quantities integer[] not null,
    claim_state text not null
        constraint order_lines_claim_state_check check (claim_state in ('held', 'kept', 'released')),
    constraint order_lines_position_key unique (order_id, position),
    constraint order_lines_nights_check check ((kind = 'stay') = (nights > 0)),
    constraint order_lines_claims_check
        check (cardinality(pool_ids) = cardinality(quantities) and cardinality(pool_ids) > 0)
);

create index order_lines_venue_id_day_index on order_lines (venue_id, day);

create table check_ins (
    line_id uuid not null constraint check_ins_line_id_fkey references order_lines (line_id),
    ordinal integer not null constraint check_ins_ordinal_check check (ordinal > 0),
    persons integer not null constraint check_ins_persons_check check (persons > 0),
    checked_in_at timestamptz not null default now(),
    checked_in_by uuid not null,
    constraint check_ins_pkey primary key (line_id, ordinal)
);

-- Visits from before the platform, taken over from earlier lists, once per list entry.
create table past_visits (
    visit_id uuid primary key,
    reference text not null constraint past_visits_reference_key unique,
    offering_id uuid not null,
    day date not null,
    persons integer not null constraint past_visits_persons_check check (persons > 0),
    arrived integer not null
        constraint past_visits_arrived_check check (arrived between 0 and persons),
    recorded_by uuid,
    recorded_at timestamptz not null default now()
);
