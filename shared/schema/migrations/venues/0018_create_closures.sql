-- Closures: what is shut, from when to when, why, and what happens to orders (docs/domain.md
-- rule 9). An operator's is in force at once; the office's waits for a second person's approval,
-- a day at most.
create table closures (
    closure_id uuid primary key,
    ordered_by text not null,
    -- The operator's; the office has none.
    organisation_id uuid,
    state text not null,
    cause text not null,
    -- What happens to orders that stand.
    orders text not null,
    reason jsonb not null,
    village_ids uuid[] not null,
    venue_ids uuid[] not null,
    -- Of what lies there only these; all where none are named.
    offering_ids uuid[] not null,
    kinds text[] not null,
    closed_from timestamptz not null,
    closed_until timestamptz not null,
    -- What it would touch, as bookings counted it when it was entered.
    impact jsonb,
    entered_by uuid not null,
    entered_at timestamptz not null,
    decided_by uuid,
    decided_at timestamptz,
    -- When nothing of it is shut any more: its end, or earlier where all of it was reopened.
    over_at timestamptz not null,
    edit_version integer not null default 1,
    event_version integer not null default 0,
    constraint closures_ordered_by_is_known check (ordered_by in ('operator', 'office')),
    constraint closures_state_is_known check (state in ('proposed', 'in_force', 'rejected')),
    constraint closures_cause_is_known check (
        cause in ('disaster', 'safety', 'maintenance', 'operator', 'other')
    ),
    constraint closures_orders_is_known check (orders in ('cancel', 'keep')),
    constraint closures_reason_is_localized check (is_localized(reason, 300)),
    constraint closures_time_in_range check (
        closed_until > closed_from and closed_until - closed_from <= interval '366 days'
    ),
    constraint closures_over_by_their_end check (over_at <= closed_until),
    constraint closures_have_a_place check (cardinality(village_ids) + cardinality(venue_ids) > 0),
    constraint closures_offerings_are_of_one_venue check (
        offering_ids = '{}' or (cardinality(venue_ids) = 1 and village_ids = '{}')
    ),
    constraint closures_operators_close_their_own check (
        (ordered_by = 'operator') = (organisation_id is not null)
        and (ordered_by = 'office' or (cardinality(venue_ids) = 1 and village_ids = '{}'))
    ),
    constraint closures_decided_or_proposed check (
        (state = 'proposed') = (decided_by is null)
        and (state = 'proposed') = (decided_at is null)
    ),
    -- Whoever proposed it can't be the one who approves it.
    constraint closures_second_person check (
        state <> 'in_force' or ordered_by = 'operator' or decided_by <> entered_by
    ),
    constraint closures_approved_within_a_day check (
        state <> 'in_force' or decided_at - entered_at < interval '24 hours'
    ),
    constraint closures_told_when_in_force check ((state = 'in_force') = (event_version >= 1)),
    constraint closures_versions_count_up check (edit_version >= 1)
);

create index closures_by_end on closures (over_at);

create function refuse_illegal_closure_state() returns trigger
language plpgsql
as $$
begin
    if tg_op = 'INSERT' then
        if (new.ordered_by, new.state) in (('operator', 'in_force'), ('office', 'proposed')) then
            return new;
        end if;
    elsif new.state = old.state or old.state = 'proposed' then
        return new;
    end if;
    raise exception 'a closure does not become % from here', new.state
        using errcode = 'check_violation', constraint = 'closures_state_edges';
end
$$;

create trigger closures_state_edges
before insert or update of state on closures
for each row execute function refuse_illegal_closure_state();

-- What was ordered is what was read: only its state and its end move.
create function refuse_rewriting_closures() returns trigger
language plpgsql
as $$
begin
    raise exception 'what a closure covers stays as it was entered'
        using errcode = 'check_violation', constraint = 'closures_are_final';
end
$$;

create trigger closures_are_final
before update of
    closure_id, ordered_by, organisation_id, cause, orders, reason, village_ids, venue_ids,
    offering_ids, kinds, closed_from, closed_until, impact, entered_by, entered_at
on closures
for each row execute function refuse_rewriting_closures();

create trigger closures_are_never_deleted
before delete on closures
for each row execute function refuse_rewriting_closures();

-- Parts that were opened again, each from some moment on; all of it where nothing is named.
create table closure_reopenings (
    closure_id uuid not null,
    -- The version of the event that told of it.
    number integer not null,
    village_ids uuid[] not null,
    venue_ids uuid[] not null,
    kinds text[] not null,
    open_from timestamptz not null,
    constraint closure_reopenings_pkey primary key (closure_id, number),
    constraint closure_reopenings_closure_exists foreign key (closure_id) references closures
);

-- Who did what with a closure, and when.
create table closure_steps (
    step_id uuid primary key,
    closure_id uuid not null,
    step text not null,
    done_by uuid not null,
    done_at timestamptz not null,
    note text,
    -- Which part, where it was opened again.
    reopening integer,
    constraint closure_steps_closure_exists foreign key (closure_id) references closures,
    constraint closure_steps_step_is_known check (
        step in ('ordered', 'proposed', 'approved', 'rejected', 'reopened')
    ),
    constraint closure_steps_note_has_a_length check (length(note) between 1 and 2000),
    constraint closure_steps_reopening_exists
    foreign key (closure_id, reopening) references closure_reopenings (closure_id, number),
    constraint closure_steps_reopened_names_its_part check (
        (step = 'reopened') = (reopening is not null)
    )
);

create index closure_steps_of_closure on closure_steps (closure_id, step_id);

create function refuse_rewriting_closure_steps() returns trigger
language plpgsql
as $$
begin
    raise exception 'steps are history and stay as they are'
        using errcode = 'check_violation', constraint = 'closure_steps_are_final';
end
$$;

create trigger closure_steps_are_final
before update or delete on closure_steps
for each row execute function refuse_rewriting_closure_steps();

create trigger closure_reopenings_are_final
before update or delete on closure_reopenings
for each row execute function refuse_rewriting_closure_steps();
