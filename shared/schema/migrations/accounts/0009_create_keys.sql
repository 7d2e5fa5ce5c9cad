-- Keys by which an organisation's own programs call the APIs.
create table api_keys (
    id uuid not null,
    organisation_id uuid not null,
    name text not null,
    -- The key itself is shown once and kept by nobody here.
    key_hash bytea not null,
    -- What its owner recognises it by.
    first_characters text not null,
    -- Permissions; the key may do nothing else, and nothing that its maker may not do.
    scopes text[] not null,
    created_by uuid not null,
    created_at timestamptz not null default now(),
    expires_at timestamptz not null,
    last_used_at timestamptz,
    revoked_at timestamptz,
    revoked_by uuid,
    constraint api_keys_pkey primary key (id),
    constraint api_keys_key_hash_is_unique unique (key_hash),
    constraint api_keys_organisation foreign key (organisation_id) references organisations (id),
    constraint api_keys_maker foreign key (created_by) references accounts (id),
    constraint api_keys_revoker foreign key (revoked_by) references accounts (id),
    constraint api_keys_key_hash_is_sha256 check (length(key_hash) = 32),
    constraint api_keys_name_is_short check (length(name) between 1 and 100),
    constraint api_keys_have_scopes check (cardinality(scopes) between 1 and 50),
    constraint api_keys_end_within_a_year check (
        expires_at > created_at and expires_at <= created_at + interval '366 days'
    ),
    constraint api_keys_revoked_by_somebody check ((revoked_at is null) = (revoked_by is null))
);

create index api_keys_of_organisation on api_keys (organisation_id, id);
