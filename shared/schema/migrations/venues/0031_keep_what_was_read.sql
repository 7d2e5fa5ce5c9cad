-- Whoever approves a closure has read what it would touch: these figures are kept where nobody can
-- count anew in the moment of the approval (docs/domain.md rule 9).
alter table closures
    -- What it would touch, as bookings counted it last for whoever read the proposal.
    add column read_impact jsonb;
