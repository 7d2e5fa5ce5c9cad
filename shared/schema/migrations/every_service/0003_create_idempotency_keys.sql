-- Answers to requests that carried an Idempotency-Key. The row is written in the transaction of
-- the effect: same key and same body get the same answer, same key and another body are refused.
create table idempotency_keys (
    -- Whose key it is: keys of different callers never meet.
    caller text not null,
    key text not null,
    -- SHA-256 over method, path and body of the first request.
    fingerprint bytea not null,
    status smallint not null,
    -- The answer's body as it was sent; null where there was none.
    response json,
    created_at timestamptz not null default now(),
    constraint idempotency_keys_pkey primary key (caller, key),
    constraint idempotency_keys_fingerprint_is_sha256 check (length(fingerprint) = 32)
);

create index idempotency_keys_created_at on idempotency_keys using brin (created_at);
