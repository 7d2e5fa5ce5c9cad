-- What people agreed to, in which version of the text, and what they took back. A withdrawal is a
-- row of its own: the latest row of a text counts.
create table consents (
    position bigint generated always as identity,
    consent_id uuid not null,
    account_id uuid not null,
    text text not null,
    version text not null,
    given boolean not null,
    recorded_at timestamptz not null default clock_timestamp(),
    constraint consents_pkey primary key (consent_id),
    constraint consents_account foreign key (account_id) references accounts (id),
    constraint consents_text_is_known check (text in ('privacy', 'children', 'marketing')),
    constraint consents_version_is_a_day check (version ~ '^\d{4}-\d{2}-\d{2}$')
);

create index consents_of_account on consents (account_id, text, position);

revoke update, delete on consents from accounts;

-- Children whom a guardian books for (PIPL article 31). Names are sealed like those of accounts.
create table children (
    child_id uuid not null,
    guardian_id uuid not null,
    name bytea not null,
    birth_year smallint not null,
    added_at timestamptz not null default now(),
    constraint children_pkey primary key (child_id),
    constraint children_guardian foreign key (guardian_id) references accounts (id),
    constraint children_birth_year_is_recent check (birth_year between 2000 and 2200)
);

create index children_of_guardian on children (guardian_id, child_id);

-- Whoever is erased keeps a row without anything in it: orders and decisions go on naming its id.
alter table accounts
    add column erased_at timestamptz,
    add constraint accounts_erased_are_closed_and_nameless check (
        erased_at is null or (deactivated_at is not null and name is null)
    );

-- When somebody took away all that is held about them; counts the few times a day.
create table personal_data_exports (
    export_id uuid not null,
    account_id uuid not null,
    made_at timestamptz not null default now(),
    constraint personal_data_exports_pkey primary key (export_id),
    constraint personal_data_exports_account foreign key (account_id) references accounts (id)
);

create index personal_data_exports_of_account on personal_data_exports (account_id, made_at);

revoke update on personal_data_exports from accounts;

-- People read, too, and say why: a word of a short list, and what they would tell the person.
alter table personal_data_reads
    drop constraint personal_data_reads_reader_is_a_service,
    add constraint personal_data_reads_reader_is_known check (
        reader ~ '^(service:[a-z]+|account:[0-9a-f-]{36})$'
    ),
    add column note text,
    add constraint personal_data_reads_note_is_short check (length(note) between 1 and 100);

-- What the service itself can't take back, its owner takes out for it: the free words about somebody
-- who was erased, and nothing else.
create function forget_words_about(erased uuid) returns void
language plpgsql
security definer
set search_path = accounts, pg_temp
as $$
begin
    if not exists (select from accounts where id = erased and erased_at is not null) then
        raise exception 'account % was not erased', erased
            using errcode = 'check_violation', constraint = 'words_about_the_living_stay';
    end if;
    update personal_data_reads set note = null where account_id = erased and note is not null;
    update second_factor_resets set reason = null where account_id = erased and reason is not null;
    update account_closures
    set reason = null, reopening_reason = null
    where account_id = erased and num_nonnulls(reason, reopening_reason) > 0;
end
$$;

-- And what is older than its period (shared/core/retention.py), which is three years at least.
create function forget_old_records(kept interval) returns bigint
language plpgsql
security definer
set search_path = accounts, pg_temp
as $$
declare
    before constant timestamptz := now() - greatest(kept, interval '1095 days');
    gone bigint;
    total bigint;
begin
    delete from personal_data_reads where read_at < before;
    get diagnostics total = row_count;
    delete from second_factor_resets where reset_at < before;
    get diagnostics gone = row_count;
    total := total + gone;
    delete from account_closures where reopened_at < before;
    get diagnostics gone = row_count;
    return total + gone;
end
$$;
