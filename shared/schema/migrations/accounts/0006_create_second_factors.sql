-- How a session's person has shown who they are (RFC 8176, where it has a word for it), and when
-- they last did so by a second factor: without one a session has a visitor's rights.
alter table sessions
    add column methods text[] not null default '{}',
    add column second_factor_at timestamptz,
    -- As coarse as people speak of it: `Chrome`, `Android`. The browser's own words are not kept.
    add column browser text,
    add column system text,
    drop constraint sessions_revoked_for_a_reason,
    add constraint sessions_revoked_for_a_reason check (
        (revoked_at is null) = (revoked_because is null)
        and revoked_because in (
            'signed_out', 'token_reused', 'ended_elsewhere', 'replaced', 'deactivated'
        )
    ),
    add constraint sessions_methods_are_known check (
        methods <@ array['email', 'sms', 'otp', 'recovery', 'pop']
    ),
    add constraint sessions_browser_is_a_word check (length(browser) between 1 and 20),
    add constraint sessions_system_is_a_word check (length(system) between 1 and 20);

-- Access tokens say of which generation they are; what is taken from an account ends those before.
alter table accounts
    add column token_generation integer not null default 0,
    add constraint accounts_token_generation_counts check (token_generation >= 0);

-- Authenticator apps (RFC 6238). The secret is sealed by the service, for this account only.
create table authenticators (
    account_id uuid not null,
    secret bytea,
    confirmed_at timestamptz,
    -- Shown as a QR code, and good once its first code was typed in.
    pending_secret bytea,
    pending_until timestamptz,
    -- The step of thirty seconds whose code was accepted last: it and those before are used up.
    last_step bigint not null default 0,
    constraint authenticators_pkey primary key (account_id),
    constraint authenticators_account foreign key (account_id) references accounts (id),
    constraint authenticators_confirmed_secret check ((secret is null) = (confirmed_at is null)),
    constraint authenticators_pending_for_a_while check (
        (pending_secret is null) = (pending_until is null)
    ),
    constraint authenticators_one_secret check (num_nonnulls(secret, pending_secret) >= 1)
);

-- For whoever lost the authenticator: ten codes, hashed, each good once.
create table recovery_codes (
    account_id uuid not null,
    code_hash bytea not null,
    created_at timestamptz not null default now(),
    used_at timestamptz,
    constraint recovery_codes_pkey primary key (account_id, code_hash),
    constraint recovery_codes_account foreign key (account_id) references accounts (id),
    constraint recovery_codes_code_hash_is_sha256 check (length(code_hash) = 32)
);

-- Wrong codes in a row. Only who is signed in can try, so nobody is locked out by a stranger.
create table second_factor_tries (
    account_id uuid not null,
    failures integer not null default 0,
    next_try_at timestamptz not null default now(),
    constraint second_factor_tries_pkey primary key (account_id),
    constraint second_factor_tries_account foreign key (account_id) references accounts (id),
    constraint second_factor_tries_failures_count check (failures >= 0)
);

-- What ended before its access tokens did. The other services read it every few seconds, and rows
-- go when the last token that they mean has expired.
create table revocations (
    id bigint generated always as identity,
    session_id uuid,
    account_id uuid,
    -- Of the account, tokens of an earlier generation than this are good no longer.
    generation integer,
    revoked_at timestamptz not null default clock_timestamp(),
    constraint revocations_pkey primary key (id),
    constraint revocations_session_or_account check (num_nonnulls(session_id, account_id) = 1),
    constraint revocations_generation_of_account check (
        (account_id is null) = (generation is null)
    )
);

create index revocations_revoked_at on revocations (revoked_at);

-- Who closed and reopened whose account, and why.
create table account_closures (
    id uuid not null,
    account_id uuid not null,
    closed_at timestamptz not null default now(),
    closed_by uuid not null,
    -- Words about the person; null once they were erased.
    reason text,
    reopened_at timestamptz,
    reopened_by uuid,
    reopening_reason text,
    constraint account_closures_pkey primary key (id),
    constraint account_closures_account foreign key (account_id) references accounts (id),
    constraint account_closures_closer foreign key (closed_by) references accounts (id),
    constraint account_closures_reopener foreign key (reopened_by) references accounts (id),
    constraint account_closures_not_by_oneself check (closed_by <> account_id),
    constraint account_closures_reason_is_short check (length(reason) between 1 and 200),
    constraint account_closures_reopening_reason_is_short check (
        length(reopening_reason) between 1 and 200
    ),
    constraint account_closures_reopened_by_somebody check (
        num_nonnulls(reopened_at, reopened_by) in (0, 2)
        and (reopening_reason is null or reopened_at is not null)
    )
);

create unique index account_closures_one_open on account_closures (account_id)
    where reopened_at is null;

-- Who took all second factors from whom, for somebody who had lost them, and why.
create table second_factor_resets (
    id uuid not null,
    account_id uuid not null,
    reset_at timestamptz not null default now(),
    reset_by uuid not null,
    -- Words about the person; null once they were erased.
    reason text,
    constraint second_factor_resets_pkey primary key (id),
    constraint second_factor_resets_account foreign key (account_id) references accounts (id),
    constraint second_factor_resets_resetter foreign key (reset_by) references accounts (id),
    constraint second_factor_resets_not_by_oneself check (reset_by <> account_id),
    constraint second_factor_resets_reason_is_short check (length(reason) between 1 and 200)
);

create index second_factor_resets_account_id on second_factor_resets (account_id);

-- Append-only: what was done to somebody's account stays on the record.
revoke update, delete on second_factor_resets from accounts;
revoke delete on account_closures from accounts;
