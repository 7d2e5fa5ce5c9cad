-- Every scan of a ticket at a gate. What was scanned, where and when is never rewritten; what it
-- was can change when a gate without a network tells of an earlier one.

create table scans (
    scan_id uuid primary key,
    line_id uuid not null constraint scans_line_id_fkey references order_lines (line_id),
    ordinal integer not null constraint scans_ordinal_check check (ordinal > 0),
    venue_id uuid not null,
    -- As the venue calls it; '' where it has only one.
    gate text not null,
    direction text not null constraint scans_direction_check check (direction in ('in', 'out')),
    -- By the gate's own time, where it was without a network.
    scanned_at timestamptz not null,
    scanned_by uuid not null,
    told_at timestamptz not null default clock_timestamp(),
    outcome text not null
        constraint scans_outcome_check
        check (
            outcome in (
                'admitted', 'reentered', 'left', 'repeated', 'conflict', 'not_inside', 'cancelled',
                'another_day', 'undone'
            )
        ),
    -- The gate had a network and was told to let nobody in.
    was_refused boolean not null,
    -- It is no part of its ticket's story: refused by rule, or before a check-in was undone.
    is_settled boolean not null,
    -- A conflict is told once.
    conflict_told_at timestamptz,
    constraint scans_conflict_is_told
        check (outcome <> 'conflict' or conflict_told_at is not null)
);

create index scans_ticket_index on scans (line_id, ordinal);
-- Whoever comes in twice by one ticket comes in once.
create unique index scans_admitted_once on scans (line_id, ordinal) where outcome = 'admitted';
create index scans_flagged_index on scans (venue_id, scanned_at)
where outcome in ('conflict', 'cancelled');

create function refuse_rewriting_scans() returns trigger
language plpgsql
as $$
begin
    raise exception 'a scan is never rewritten'
        using errcode = 'check_violation', constraint = 'scans_are_final';
end
$$;

create trigger scans_are_final
before update of
    scan_id, line_id, ordinal, venue_id, gate, direction, scanned_at, scanned_by, told_at
on scans
for each row
execute function refuse_rewriting_scans();

create trigger scans_are_never_deleted
before delete on scans
for each row
execute function refuse_rewriting_scans();

-- `checked_in_at` is when the scan was made that counts, `recorded_at` when the first was told of;
-- `left_at` when its people left, until they come again.
alter table check_ins
    add column scan_id uuid not null default uuidv7(),
    add column recorded_at timestamptz not null default clock_timestamp(),
    add column left_at timestamptz,
    add constraint check_ins_left_at_check check (left_at >= checked_in_at);

update check_ins set recorded_at = checked_in_at;

insert into scans (
    scan_id, line_id, ordinal, venue_id, gate, direction, scanned_at, scanned_by, told_at, outcome,
    was_refused, is_settled
)
select
    scan_id, line_id, ordinal, venue_id, '', 'in', checked_in_at, checked_in_by, checked_in_at,
    'admitted', false, false
from check_ins
join order_lines using (line_id);
