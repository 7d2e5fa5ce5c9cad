-- The end of a listing's life, the reasons of a rejection one by one, and who changed what, when.

-- archived: no longer offered, by its operator; a draft again when it is restored.
alter table venues
    drop constraint venues_state_is_known,
    add constraint venues_state_is_known check (
        state in ('draft', 'submitted', 'rejected', 'published', 'paused', 'archived')
    );

insert into venue_steps (from_state, to_state)
values
    ('draft', 'archived'),
    ('rejected', 'archived'),
    ('published', 'archived'),
    ('paused', 'archived'),
    ('archived', 'draft');

alter table venue_decisions
    -- [{"field", "text"}, ...]: what has to be mended; without a field it is the whole listing.
    -- The previous release, and whatever it wrote, has the sentence alone.
    add column reasons jsonb not null default '[]',
    drop constraint venue_decisions_decision_is_known,
    add constraint venue_decisions_decision_is_known check (
        decision in (
            'submitted', 'approved', 'rejected', 'paused', 'resumed', 'archived', 'restored'
        )
    ),
    add constraint venue_decisions_reasons_are_few check (
        jsonb_typeof(reasons) = 'array' and jsonb_array_length(reasons) <= 20
    ),
    add constraint venue_decisions_reasons_are_of_a_rejection check (
        decision = 'rejected' or reasons = '[]'
    );

alter table districts
    -- Whether changes that matter to visitors wait for the office, or are told to it.
    add column significant_changes text not null default 'after_approval',
    add column edit_version integer not null default 1,
    add constraint districts_significant_changes_are_known check (
        significant_changes in ('after_approval', 'at_once')
    ),
    add constraint districts_versions_count_up check (edit_version >= 1);

alter table schedules
    -- Counts edits: ETag and If-Match.
    add column edit_version integer not null default 1,
    add constraint schedules_versions_count_up check (edit_version >= 1);

-- What happened to a listing, one row for each time somebody did something: append-only.
create table venue_history (
    entry_id uuid primary key,
    venue_id uuid not null,
    offering_id uuid,
    what text not null,
    -- The account that did it; none where the platform did.
    done_by uuid,
    role text not null,
    done_at timestamptz not null,
    -- [{"field", "before", "after"}, ...]
    changes jsonb not null,
    -- The sentence that came with it.
    note text,
    proposal_id uuid,
    constraint venue_history_venue_exists foreign key (venue_id) references venues,
    constraint venue_history_offering_exists foreign key (offering_id) references offerings,
    constraint venue_history_what_is_a_name check (what ~ '^[a-z]+(_[a-z]+)*$'),
    constraint venue_history_role_is_known check (role in ('operator', 'office', 'platform')),
    constraint venue_history_people_have_accounts check ((role = 'platform') = (done_by is null)),
    constraint venue_history_changes_are_a_list check (jsonb_typeof(changes) = 'array'),
    constraint venue_history_note_has_a_length check (length(note) between 1 and 2000)
);

create index venue_history_of_venue on venue_history (venue_id, entry_id);

-- For tables that are only added to; the trigger's name is the rule's.
create function refuse_rewriting() returns trigger
language plpgsql
as $$
begin
    raise exception 'rows of % stay as they are', tg_table_name
        using errcode = 'check_violation', constraint = tg_name;
end
$$;

create trigger venue_history_is_final
before update or delete or truncate on venue_history
for each statement execute function refuse_rewriting();
