-- Whom this service has forgotten: what is heard of them or written by them later goes, too.
create table erased_accounts (
    account_id uuid primary key,
    heard_at timestamptz not null default now()
);

-- What one person did is found when they take their data away.
create index venue_history_of_person on venue_history (done_by, entry_id) where done_by is not null;
create index venue_decisions_of_person on venue_decisions (decided_by, decision_id);
create index change_proposals_of_person on change_proposals (proposed_by, proposal_id);
create index licences_of_person on licences (entered_by, licence_id);
create index closures_of_person on closures (entered_by, closure_id);
