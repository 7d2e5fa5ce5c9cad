-- Who read whose contact data, when and what for.
-- The row is written in the transaction of the reading: docs/domain.md rule 14.
create table personal_data_reads (
    id bigint generated always as identity,
    account_id uuid not null,
    reader text not null,
    reason text not null,
    read_at timestamptz not null default now(),
    constraint personal_data_reads_pkey primary key (id),
    constraint personal_data_reads_account foreign key (account_id) references accounts (id),
    constraint personal_data_reads_reader_is_a_service check (reader ~ '^service:[a-z]+$'),
    -- A reason is a word and perhaps an id, never a sentence with a person in it.
    constraint personal_data_reads_reason_is_a_word check (
        reason ~ '^[a-z][a-z0-9_.:-]*$' and length(reason) <= 100
    )
);

create index personal_data_reads_account_id on personal_data_reads (account_id, read_at);

-- Append-only: the service writes and reads, and can take nothing back.
revoke update, delete on personal_data_reads from accounts;
