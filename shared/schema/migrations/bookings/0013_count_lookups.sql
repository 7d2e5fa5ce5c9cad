-- Looking an order up by its code and the end of its phone number: how often it was tried in the
-- hour that began with the first try. Codes that no order has are counted alike, so that a refusal
-- tells nothing.
create table order_lookups (
    code text primary key,
    window_started_at timestamptz not null default now(),
    tries integer not null constraint order_lookups_tries_check check (tries >= 0)
);

create index order_lookups_window_started_at_index on order_lookups (window_started_at);
