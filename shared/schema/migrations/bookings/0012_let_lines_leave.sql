-- Lines leave their order one by one: cancelled by the visitor or the operator, or changed to
-- another date or party. A change that costs more waits for its payment.

alter table order_lines
    -- Until when a line that is to stand in the place of another waits for the difference to be
    -- paid. Meanwhile it claims only what it needs beyond the other one, and counts for no total;
    -- `shared_*` is what it takes over from the other one then.
    add column held_until timestamptz,
    add column shared_pool_ids bigint[],
    add column shared_quantities integer[],
    -- The most that a visitor's cancellation brings back, in percent: who changes a line takes
    -- along what was left of its refund.
    add column most_percent smallint not null default 100
        constraint order_lines_most_percent_check check (most_percent between 0 and 100),
    add constraint order_lines_held_until_check
        check (held_until is null or replaces_line_id is not null),
    add constraint order_lines_shared_check check (
        (held_until is null) = (shared_pool_ids is null)
        and (held_until is null) = (shared_quantities is null)
        and cardinality(shared_pool_ids) = cardinality(shared_quantities)
    ),
    drop constraint order_lines_claims_check,
    add constraint order_lines_claims_check check (
        cardinality(pool_ids) = cardinality(quantities)
        and (cardinality(pool_ids) > 0 or held_until is not null)
    );

create index order_lines_held_until_index on order_lines (held_until)
where held_until is not null and claim_state = 'held';

-- Who cancelled a line, why, and what came of it: once for each line.
create table line_cancellations (
    line_id uuid primary key
        constraint line_cancellations_line_id_fkey references order_lines (line_id),
    order_id uuid not null
        constraint line_cancellations_order_id_fkey references orders (order_id),
    cause text not null
        constraint line_cancellations_cause_check check (cause in ('visitor', 'operator', 'disaster')),
    reason text constraint line_cancellations_reason_check check (length(reason) between 1 and 200),
    -- Null where nothing had been paid in advance.
    percent smallint
        constraint line_cancellations_percent_check check (percent between 0 and 100),
    refund_fen bigint not null
        constraint line_cancellations_refund_fen_check check (refund_fen >= 0),
    fee_fen bigint not null
        constraint line_cancellations_fee_fen_check check (fee_fen >= 0),
    cancelled_by uuid not null,
    cancelled_at timestamptz not null default now()
);

create index line_cancellations_order_id_index on line_cancellations (order_id);

-- Until now orders were cancelled whole, by their visitors, and no money had moved.
insert into line_cancellations (
    line_id, order_id, cause, refund_fen, fee_fen, cancelled_by, cancelled_at
)
select line_id, order_id, 'visitor', 0, 0, account_id, cancelled_at
from orders
join order_lines using (order_id)
where state = 'cancelled';

-- As before; and a line that waited for the payment of a change takes over what it shares with the
-- line that it replaces, in the moment in which it is kept.
create or replace function refuse_illegal_claim_state()
returns trigger
language plpgsql
as $$
begin
    if (old.claim_state, new.claim_state) not in (
        ('held', 'kept'), ('held', 'released'), ('kept', 'released'), ('released', 'kept')
    ) or (
        (old.pool_ids, old.quantities) is distinct from (new.pool_ids, new.quantities)
        and not (
            old.held_until is not null
            and (old.claim_state, new.claim_state) = ('held', 'kept')
        )
    ) then
        raise exception 'a claim cannot go from % to %', old.claim_state, new.claim_state
            using errcode = 'check_violation', constraint = 'order_lines_claim_state_edges';
    end if;
    return new;
end
$$;
