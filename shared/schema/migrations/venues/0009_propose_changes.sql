-- Changes of a listing on sale that matter to visitors: kept until the office has decided, or
-- applied at once and shown to the office, as the district's setting says.
create table change_proposals (
    proposal_id uuid primary key,
    venue_id uuid not null,
    -- None where it is the venue itself that changes.
    offering_id uuid,
    -- The body of the change, only with the fields that are kept.
    changes jsonb not null,
    -- What these fields were when it was made.
    base jsonb not null,
    -- The version of the venue or the offering that its operator had read.
    base_version integer not null,
    -- [{"field", "why"}, ...]: why the office looks at it.
    significance jsonb not null,
    state text not null,
    proposed_by uuid not null,
    proposed_at timestamptz not null,
    decided_by uuid,
    decided_at timestamptz,
    reason text,
    constraint change_proposals_venue_exists foreign key (venue_id) references venues,
    constraint change_proposals_offering_exists foreign key (offering_id) references offerings,
    constraint change_proposals_change_something check (
        jsonb_typeof(changes) = 'object' and changes <> '{}' and jsonb_typeof(base) = 'object'
    ),
    constraint change_proposals_matter check (
        jsonb_typeof(significance) = 'array' and significance <> '[]'
    ),
    constraint change_proposals_state_is_known check (
        state in ('pending', 'approved', 'rejected', 'withdrawn', 'outdated', 'applied')
    ),
    constraint change_proposals_are_decided_by_somebody check (
        (decided_by is not null) = (state in ('approved', 'rejected', 'withdrawn', 'outdated'))
        and (decided_by is null) = (decided_at is null)
    ),
    constraint change_proposals_rejection_has_a_reason check (
        (state = 'rejected') = (reason is not null)
    ),
    constraint change_proposals_reason_has_a_length check (length(reason) between 1 and 2000)
);

-- One thing waits for one decision: a later change of it takes the earlier one in.
create unique index change_proposals_one_pending
on change_proposals (venue_id, offering_id) nulls not distinct
where state = 'pending';

create index change_proposals_by_state on change_proposals (state, proposal_id);
create index change_proposals_of_venue on change_proposals (venue_id, proposal_id);

-- What was proposed stays; it is decided once.
create function refuse_redeciding_proposals() returns trigger
language plpgsql
as $$
begin
    if old.state <> 'pending' or (
        new.proposal_id, new.venue_id, new.offering_id, new.changes, new.base,
        new.base_version, new.significance, new.proposed_by, new.proposed_at
    ) is distinct from (
        old.proposal_id, old.venue_id, old.offering_id, old.changes, old.base,
        old.base_version, old.significance, old.proposed_by, old.proposed_at
    ) then
        raise exception 'proposal % stays as it is', old.proposal_id
            using errcode = 'check_violation', constraint = 'change_proposals_are_decided_once';
    end if;
    return new;
end
$$;

create trigger change_proposals_are_decided_once
before update on change_proposals
for each row execute function refuse_redeciding_proposals();

create trigger change_proposals_are_never_deleted
before delete or truncate on change_proposals
for each statement execute function refuse_rewriting();
