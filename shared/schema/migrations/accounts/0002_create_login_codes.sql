-- One-time codes: one row per contact and purpose, so that a new code replaces the earlier one
-- by construction, and everybody who tries a code waits for the same row lock.
-- The contact is a keyed hash and need not belong to an account.
create table login_codes (
    contact_index bytea not null,
    purpose text not null,
    -- Tells a code from the one that replaced it, and salts its hash.
    id uuid not null,
    code_hash bytea not null,
    tries smallint not null default 0,
    sent_at timestamptz not null,
    expires_at timestamptz not null,
    used_at timestamptz,
    -- Set where the message could not be handed over.
    voided_at timestamptz,
    -- Sends are counted over a day that begins with the first of them.
    window_started_at timestamptz not null,
    sends_in_window smallint not null default 1,
    constraint login_codes_pkey primary key (contact_index, purpose),
    constraint login_codes_purpose_is_known check (purpose in ('login')),
    constraint login_codes_contact_index_is_sha256 check (length(contact_index) = 32),
    constraint login_codes_code_hash_is_sha256 check (length(code_hash) = 32),
    constraint login_codes_five_tries check (tries between 0 and 5),
    constraint login_codes_live_five_minutes check (
        expires_at > sent_at and expires_at <= sent_at + interval '5 minutes'
    ),
    constraint login_codes_ten_sends_a_day check (sends_in_window between 0 and 10)
);

create index login_codes_window_started_at on login_codes (window_started_at);
