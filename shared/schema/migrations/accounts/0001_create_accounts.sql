-- People. Names and addresses are sealed by the service (AES-GCM, bound to the account's id):
-- a copy of this database names nobody.
create table accounts (
    id uuid not null,
    name bytea,
    language text not null default 'zh',
    -- Counts the changes of what the person sees of the account; it is its ETag.
    version integer not null default 1,
    -- How many events told of the account; the next event's version is one more. Not every change
    -- is told, so this is not `version`.
    events_told integer not null default 0,
    created_at timestamptz not null default now(),
    -- When the person first signed in. An operator's colleague is added by address before that.
    registered_at timestamptz,
    deactivated_at timestamptz,
    constraint accounts_pkey primary key (id),
    constraint accounts_language_is_known check (language in ('zh', 'en')),
    constraint accounts_version_counts_from_one check (version >= 1),
    constraint accounts_registration_is_told check (registered_at is null or events_told >= 1)
);

-- Where a person is reached, and what they sign in with.
create table contact_points (
    account_id uuid not null,
    channel text not null,
    address bytea not null,
    -- A keyed hash of the normalised address: found without being readable.
    blind_index bytea not null,
    created_at timestamptz not null default now(),
    constraint contact_points_pkey primary key (account_id, channel),
    constraint contact_points_one_account_per_address unique (channel, blind_index),
    constraint contact_points_channel_is_known check (channel in ('email', 'phone')),
    constraint contact_points_blind_index_is_sha256 check (length(blind_index) = 32),
    -- Deferred, because the address is claimed first: who wins it creates the account.
    constraint contact_points_account foreign key (account_id) references accounts (id)
        deferrable initially deferred
);
