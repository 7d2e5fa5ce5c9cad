-- Who is signed in. The session's id stays the same while its token is replaced at each renewal;
-- access tokens carry it.
create table sessions (
    id uuid not null,
    account_id uuid not null,
    created_at timestamptz not null default now(),
    -- Thirty days after the latest renewal.
    expires_at timestamptz not null,
    revoked_at timestamptz,
    revoked_because text,
    constraint sessions_pkey primary key (id),
    constraint sessions_account foreign key (account_id) references accounts (id),
    constraint sessions_revoked_for_a_reason check (
        (revoked_at is null) = (revoked_because is null)
        and revoked_because in ('signed_out', 'token_reused')
    )
);

create index sessions_account_id on sessions (account_id);
create index sessions_expires_at on sessions (expires_at);

-- Every token that a session has had, hashed. A token that comes back after it was replaced is in
-- two hands, and ends the session.
create table session_tokens (
    token_hash bytea not null,
    session_id uuid not null,
    -- With the token itself and the server's key it makes the next token, so that two tabs that
    -- renew at once get the same one, and nobody can work it out from this table.
    salt bytea not null,
    created_at timestamptz not null default now(),
    replaced_at timestamptz,
    constraint session_tokens_pkey primary key (token_hash),
    constraint session_tokens_session foreign key (session_id) references sessions (id)
        on delete cascade,
    constraint session_tokens_token_hash_is_sha256 check (length(token_hash) = 32),
    constraint session_tokens_salt_is_long check (length(salt) >= 16)
);

create unique index session_tokens_one_current_per_session on session_tokens (session_id)
    where replaced_at is null;
create index session_tokens_session_id on session_tokens (session_id);
create index session_tokens_replaced_at on session_tokens (replaced_at)
    where replaced_at is not null;
