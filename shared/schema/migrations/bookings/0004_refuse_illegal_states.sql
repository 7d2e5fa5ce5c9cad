-- The legal ways of an order and of its claims. Anything else is a bug, and is refused here,
-- whoever writes: places can be given back once, and what ended stays ended.

create function refuse_illegal_order_state()
returns trigger
language plpgsql
as $$
begin
    if (old.state, new.state) not in (
        ('held', 'confirmed'),
        ('held', 'cancelled'),
        ('held', 'expired'),
        ('confirmed', 'cancelled'),
        ('confirmed', 'completed'),
        ('confirmed', 'no_show')
    ) then
        raise exception 'an order cannot go from % to %', old.state, new.state
            using errcode = 'check_violation', constraint = 'orders_state_edges';
    end if;
    return new;
end
$$;

create trigger orders_state_edges
before update of state on orders
for each row
when (old.state is distinct from new.state)
execute function refuse_illegal_order_state();

create function refuse_illegal_claim_state()
returns trigger
language plpgsql
as $$
begin
    if (old.claim_state, new.claim_state) not in (
        ('held', 'kept'), ('held', 'released'), ('kept', 'released')
    ) or (old.pool_ids, old.quantities) is distinct from (new.pool_ids, new.quantities) then
        raise exception 'a claim cannot go from % to %', old.claim_state, new.claim_state
            using errcode = 'check_violation', constraint = 'order_lines_claim_state_edges';
    end if;
    return new;
end
$$;

create trigger order_lines_claim_state_edges
before update of claim_state, pool_ids, quantities on order_lines
for each row
execute function refuse_illegal_claim_state();
