-- The audit log: what people did with rights that others are answerable for. Every entry holds the
-- hash of the one before it, so a change or a gap breaks all that follows: docs/adr/0025.
create table audit_entries (
    position bigint not null,
    entry_id uuid not null,
    -- Who told of it.
    service text not null,
    action text not null,
    actor text not null,
    actor_kind text not null,
    subject text not null,
    details jsonb not null,
    occurred_at timestamptz not null,
    recorded_at timestamptz not null,
    previous_hash bytea not null,
    hash bytea not null,
    constraint audit_entries_pkey primary key (position),
    constraint audit_entries_one_per_entry unique (entry_id),
    constraint audit_entries_actor_kind_is_known check (
        actor_kind in ('office', 'person', 'service', 'system')
    ),
    constraint audit_entries_hashes_are_sha256 check (
        length(previous_hash) = 32 and length(hash) = 32
    )
);

create index audit_entries_of_kind on audit_entries (actor_kind, position);
create index audit_entries_of_actor on audit_entries (actor, position);
create index audit_entries_of_subject on audit_entries (subject, position);

-- The end of the chain, in one row: who locks it appends next.
create table audit_chain (
    is_only boolean not null default true,
    entries bigint not null,
    hash bytea not null,
    constraint audit_chain_pkey primary key (is_only),
    constraint audit_chain_has_one_end check (is_only)
);

insert into audit_chain (entries, hash) values (0, sha256('xiangyou audit'::bytea));

create function lengthen_audit_chain()
returns trigger
language plpgsql
as $$
begin
    update audit_chain
    set entries = new.position, hash = new.hash
    where entries = new.position - 1 and hash = new.previous_hash;
    if not found then
        raise exception 'entry % does not follow the last one', new.position
            using errcode = 'check_violation', constraint = 'audit_entries_form_a_chain';
    end if;
    return new;
end
$$;

create trigger audit_entries_form_a_chain
before insert on audit_entries
for each row
execute function lengthen_audit_chain();

-- Append-only: the service can take nothing back, and neither can its owner by mistake.
create function refuse_audit_change()
returns trigger
language plpgsql
as $$
begin
    raise exception 'the audit log is append-only'
        using errcode = 'check_violation', constraint = 'audit_entries_are_append_only';
end
$$;

create trigger audit_entries_are_append_only
before update or delete or truncate on audit_entries
for each statement
execute function refuse_audit_change();

revoke update, delete on audit_entries from accounts;
revoke insert, delete on audit_chain from accounts;
