-- How often codes went to a contact, which is a keyed hash and need not belong to an account.
-- One row per contact and purpose, so that everybody who asks waits for the same row lock.
create table login_code_sends (
    contact_index bytea not null,
    purpose text not null,
    -- Half a minute after the latest code; at once where that one could not be handed over.
    next_send_at timestamptz not null,
    -- Sends are counted over a day that begins with the first of them.
    window_started_at timestamptz not null,
    sends_in_window smallint not null default 1,
    constraint login_code_sends_pkey primary key (contact_index, purpose),
    constraint login_code_sends_purpose_is_known check (purpose in ('login')),
    constraint login_code_sends_contact_index_is_sha256 check (length(contact_index) = 32),
    constraint login_code_sends_twenty_a_day check (sends_in_window between 0 and 20)
);

create index login_code_sends_window_started_at on login_code_sends (window_started_at);

-- One-time codes, one row for each attempt to sign in. Attempts of one contact live side by side:
-- a stranger who names somebody's address must not end the code that this person is typing.
create table login_codes (
    -- Salts the code's hash.
    id uuid not null,
    contact_index bytea not null,
    purpose text not null,
    -- What only the browser that asked for the code knows, hashed.
    attempt_hash bytea not null,
    code_hash bytea not null,
    -- Tries by whoever holds the attempt, and tries by whoever only knows the contact: apart, so
    -- that those use up none of these.
    tries smallint not null default 0,
    open_tries smallint not null default 0,
    sent_at timestamptz not null,
    expires_at timestamptz not null,
    used_at timestamptz,
    constraint login_codes_pkey primary key (id),
    constraint login_codes_attempt_is_unique unique (attempt_hash),
    constraint login_codes_sends foreign key (contact_index, purpose)
        references login_code_sends (contact_index, purpose) on delete cascade,
    constraint login_codes_attempt_hash_is_sha256 check (length(attempt_hash) = 32),
    constraint login_codes_code_hash_is_sha256 check (length(code_hash) = 32),
    constraint login_codes_five_tries check (tries between 0 and 5),
    constraint login_codes_five_open_tries check (open_tries between 0 and 5),
    constraint login_codes_live_five_minutes check (
        expires_at > sent_at and expires_at <= sent_at + interval '5 minutes'
    )
);

create index login_codes_of_contact on login_codes (contact_index, purpose, sent_at);
create index login_codes_expires_at on login_codes (expires_at);
