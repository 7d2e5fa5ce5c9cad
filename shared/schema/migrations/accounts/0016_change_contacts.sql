-- Codes also prove that a further contact is one's own.
alter table login_code_sends
    drop constraint login_code_sends_purpose_is_known,
    add constraint login_code_sends_purpose_is_known check (purpose in ('login', 'contact'));

-- Who is told that an account's contacts have changed: every contact that it had before, also the
-- one that is gone. A job sends them and deletes them; after a day it gives up.
create table contact_notices (
    notice_id uuid not null,
    account_id uuid not null,
    -- Where it goes, sealed as it was among the account's contacts.
    channel text not null,
    address bytea not null,
    changed_channel text not null,
    change text not null,
    created_at timestamptz not null default now(),
    next_try_at timestamptz not null default now(),
    constraint contact_notices_pkey primary key (notice_id),
    constraint contact_notices_account foreign key (account_id) references accounts (id),
    constraint contact_notices_channels_are_known check (
        channel in ('email', 'phone') and changed_channel in ('email', 'phone')
    ),
    constraint contact_notices_change_is_known check (change in ('added', 'replaced', 'removed'))
);

create index contact_notices_next_try_at on contact_notices (next_try_at);
create index contact_notices_account_id on contact_notices (account_id);
