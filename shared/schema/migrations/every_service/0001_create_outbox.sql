-- What this service has to tell the others. A row is written in the transaction that makes it
-- true; the relay sends it to Kafka afterwards and keeps it for seven days, so that it can be
-- sent again to a broker that lost its data.
create table outbox (
    -- The order in which one aggregate's events are sent: their writer holds the aggregate's
    -- row lock, so positions of one aggregate never commit against their order.
    position bigint generated always as identity primary key,
    id uuid not null,
    topic text not null,
    -- The aggregate's id; also the message's key, which puts an aggregate on one partition.
    subject uuid not null,
    -- The aggregate's version after this event: 1, 2, 3, ... without gaps.
    version integer not null,
    type text not null,
    -- The event's data as it is sent, byte for byte: `json` keeps the text, `jsonb` would not.
    payload json not null,
    traceparent text,
    created_at timestamptz not null default now(),
    -- When the broker acknowledged it; null while it has to be sent (again).
    sent_at timestamptz,
    constraint outbox_one_row_per_event unique (id),
    constraint outbox_one_event_per_version unique (topic, subject, version),
    constraint outbox_version_counts_from_one check (version >= 1)
);

-- The relay's question, asked all day: what is unsent, oldest first. Sweeping needs no index:
-- it reads from the oldest position on.
create index outbox_unsent on outbox (position) where sent_at is null;
