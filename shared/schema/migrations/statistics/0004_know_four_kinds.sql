alter table visit_facts
    drop constraint visit_facts_kind_is_known,
    add constraint visit_facts_kind_is_known check (
        kind in ('stay', 'table', 'session', 'entry')
    );
