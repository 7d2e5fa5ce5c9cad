-- Passkeys (Web Authentication): public keys only, and a name that the person gave each.
create table passkeys (
    id uuid not null,
    account_id uuid not null,
    credential_id bytea not null,
    public_key bytea not null,
    -- Rises with each use; one that does not is a copy. Passkeys that are synchronised stay at 0.
    sign_count bigint not null,
    name text not null,
    transports text[] not null default '{}',
    created_at timestamptz not null default now(),
    last_used_at timestamptz,
    constraint passkeys_pkey primary key (id),
    constraint passkeys_account foreign key (account_id) references accounts (id),
    constraint passkeys_credential_is_unique unique (credential_id),
    constraint passkeys_credential_is_short check (length(credential_id) between 1 and 1023),
    constraint passkeys_public_key_is_short check (length(public_key) between 1 and 2048),
    constraint passkeys_sign_count_counts check (sign_count between 0 and 4294967295),
    constraint passkeys_name_is_short check (length(name) between 1 and 40)
);

create index passkeys_account_id on passkeys (account_id);

-- What a passkey is asked to sign: good once, and for five minutes at most.
create table passkey_challenges (
    id uuid not null,
    challenge bytea not null,
    -- Whom a new passkey is for; who signs in by one says so by its signature.
    account_id uuid,
    expires_at timestamptz not null,
    created_at timestamptz not null default now(),
    constraint passkey_challenges_pkey primary key (id),
    constraint passkey_challenges_account foreign key (account_id) references accounts (id),
    constraint passkey_challenges_challenge_is_long check (length(challenge) >= 32),
    constraint passkey_challenges_live_five_minutes check (
        expires_at > created_at and expires_at <= created_at + interval '5 minutes'
    )
);

create index passkey_challenges_expires_at on passkey_challenges (expires_at);
