-- What is told to the people who run an organisation about a venue's licences. One row for each
-- event; to whom it goes is asked when it is sent, so that no contact point is kept here.
create table licence_notices (
    notice_id uuid not null,
    kind text not null,
    licence_id uuid not null,
    -- How many days before the last one a warning came; 0 for what is no warning.
    days integer not null,
    organisation_id uuid not null,
    venue_id uuid not null,
    venue_name jsonb not null,
    licence_kind text not null,
    valid_until date not null,
    state text not null default 'pending',
    -- How often somebody took the row up, and until when they have it, or rest after a failure.
    attempts integer not null default 0,
    due_at timestamptz not null default now(),
    -- Why the last attempt failed, as a code.
    reason text,
    traceparent text,
    created_at timestamptz not null default now(),
    constraint licence_notices_pkey primary key (notice_id),
    -- However often and in whatever order events arrive.
    constraint licence_notices_one_per_fact unique (licence_id, kind, days),
    constraint licence_notices_kind_is_known check (
        kind in ('licence_expiring', 'licence_expired', 'licence_renewed')
    ),
    constraint licence_notices_days_fit_kind check (
        (kind = 'licence_expiring') = (days > 0) and days >= 0
    ),
    constraint licence_notices_state_is_known check (state in ('pending', 'sent', 'failed')),
    constraint licence_notices_failed_for_a_reason check (
        state <> 'failed' or reason is not null
    ),
    constraint licence_notices_attempts_count_up check (attempts >= 0)
);

create index licence_notices_due on licence_notices (due_at) where state = 'pending';

-- A notice to one person. 'sending' stands from just before the mail server is handed the letter
-- until its answer is known: found so later, it is sent again with the same Message-ID.
create table licence_letters (
    letter_id uuid not null,
    notice_id uuid not null,
    account_id uuid not null,
    state text not null default 'pending',
    channel text,
    sent_at timestamptz,
    reason text,
    constraint licence_letters_pkey primary key (letter_id),
    constraint licence_letters_notice_exists
    foreign key (notice_id) references licence_notices on delete cascade,
    constraint licence_letters_one_per_person unique (notice_id, account_id),
    constraint licence_letters_state_is_known check (
        state in ('pending', 'sending', 'sent', 'failed')
    ),
    constraint licence_letters_channel_is_known check (channel in ('email', 'sms')),
    constraint licence_letters_sent_by_something check (
        (state = 'sent') = (channel is not null and sent_at is not null)
    ),
    constraint licence_letters_failed_for_a_reason check (
        state <> 'failed' or reason is not null
    )
);

create index licence_letters_of_account on licence_letters (account_id);
