-- What an organisation's program did by an API key is told apart from what the key's maker did.
alter table audit_entries
    drop constraint audit_entries_actor_kind_is_known,
    add constraint audit_entries_actor_kind_is_known check (
        actor_kind in ('office', 'person', 'key', 'service', 'system')
    );
