-- What a closure touches is counted again for whoever approves it, and what is over by then comes
-- into force no more (docs/domain.md rule 9).
alter table closures
    -- What it would touch, as bookings counted it for the approval; null where nobody could.
    add column approved_impact jsonb,
    add constraint closures_counted_for_their_approval check (
        approved_impact is null or state = 'in_force'
    ),
    -- What was approved before this was asked for stays as it is.
    add constraint closures_approved_before_their_end check (
        state <> 'in_force' or decided_at < closed_until
    ) not valid;

create trigger closures_approval_is_final
before update of approved_impact on closures
for each row when (old.state <> 'proposed')
execute function refuse_rewriting_closures();
