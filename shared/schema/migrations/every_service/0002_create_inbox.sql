-- Which events took effect here. The row is written in the effect's own transaction, so an event
-- that is delivered again takes effect once.
create table inbox (
    consumer text not null,
    event_id uuid not null,
    received_at timestamptz not null default now(),
    constraint inbox_pkey primary key (consumer, event_id)
);

-- Rows arrive in time order and are swept by time: a block range index is nearly free.
create index inbox_received_at on inbox using brin (received_at);

-- Messages that this service could not take in, as they came, with the reason. An operator
-- replays them after the fix.
create table dead_letters (
    id uuid primary key,
    consumer text not null,
    topic text not null,
    partition integer not null,
    log_offset bigint not null,
    message_key bytea,
    message_value bytea not null,
    -- Known only where the message could be read that far.
    event_id uuid,
    event_type text,
    reason text not null,
    tries integer not null,
    failed_at timestamptz not null default now(),
    replayed_at timestamptz,
    -- The same bytes delivered again are the same dead letter; offsets start anew with each broker.
    message_digest bytea not null generated always as (sha256(message_value)) stored,
    constraint dead_letters_one_row_per_message unique (consumer, topic, message_digest)
);

create index dead_letters_waiting on dead_letters (failed_at) where replayed_at is null;

-- Which brokers, by the id in their epoch topic, this service has met. A new one has none of the
-- events that were sent to earlier ones.
create table broker_epochs (
    epoch uuid primary key,
    seen_at timestamptz not null default now()
);
