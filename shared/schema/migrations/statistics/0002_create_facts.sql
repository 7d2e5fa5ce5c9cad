-- What is known of each order. Events may arrive in any order, so a row can say "cancelled" before
-- the order's lines are known; cancelled is final. Whoever takes in an event of an order locks
-- its row first, which makes that order's facts change one event at a time.
create table orders (
    order_id uuid not null,
    is_cancelled boolean not null default false,
    constraint orders_pkey primary key (order_id)
);

-- One visit that was booked: a line of a confirmed order, or an entry of an earlier list. It is
-- counted on its first day.
create table visit_facts (
    line_id uuid not null,
    -- Null for a visit from before the platform.
    order_id uuid,
    village_id uuid not null,
    venue_id uuid not null,
    offering_id uuid not null,
    kind text not null,
    day date not null,
    nights integer not null,
    persons integer not null,
    constraint visit_facts_pkey primary key (line_id),
    constraint visit_facts_of_an_order foreign key (order_id) references orders (order_id),
    constraint visit_facts_kind_is_known check (kind in ('stay', 'session')),
    constraint visit_facts_nights_count_up check (nights >= 0),
    constraint visit_facts_persons_count_up check (persons >= 0)
);

create index visit_facts_order_id on visit_facts (order_id);
create index visit_facts_day on visit_facts (day);

-- People who came: one row for each ticket that was checked in. May be known before its visit.
create table arrivals (
    line_id uuid not null,
    ordinal integer not null,
    persons integer not null,
    constraint arrivals_pkey primary key (line_id, ordinal),
    constraint arrivals_ordinal_counts_from_one check (ordinal >= 1),
    constraint arrivals_persons_count_up check (persons >= 0)
);
