-- Money that arrives after its order expired is honoured where the places are still there: the
-- order comes back to life, and so do its claims. Nothing but money revives, and only once: what is
-- confirmed never expires again.

create or replace function refuse_illegal_order_state()
returns trigger
language plpgsql
as $$
begin
    if (old.state, new.state) not in (
        ('held', 'confirmed'),
        ('held', 'cancelled'),
        ('held', 'expired'),
        ('expired', 'confirmed'),
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

create or replace function refuse_illegal_claim_state()
returns trigger
language plpgsql
as $$
begin
    if (old.claim_state, new.claim_state) not in (
        ('held', 'kept'), ('held', 'released'), ('kept', 'released'), ('released', 'kept')
    ) or (old.pool_ids, old.quantities) is distinct from (new.pool_ids, new.quantities) then
        raise exception 'a claim cannot go from % to %', old.claim_state, new.claim_state
            using errcode = 'check_violation', constraint = 'order_lines_claim_state_edges';
    end if;
    return new;
end
$$;

create function refuse_unpaid_revival()
returns trigger
language plpgsql
as $$
begin
    if not exists (
        select 1
        from payments
        where order_id = new.order_id and line_id is null and honoured
    ) then
        raise exception 'only a payment brings an expired order back'
            using errcode = 'check_violation', constraint = 'orders_revived_by_payment';
    end if;
    return new;
end
$$;

create trigger orders_revived_by_payment
before update of state on orders
for each row
when (old.state = 'expired' and new.state = 'confirmed')
execute function refuse_unpaid_revival();

-- A line takes its places again while its order is still expired, and never after it left.
create function refuse_revival_of_lines()
returns trigger
language plpgsql
as $$
begin
    if new.left_as is not null or not exists (
        select 1
        from payments
        join orders using (order_id)
        where payments.order_id = new.order_id
            and payments.line_id is null
            and payments.honoured
            and orders.state = 'expired'
    ) then
        raise exception 'only a payment brings the lines of an expired order back'
            using errcode = 'check_violation', constraint = 'order_lines_revived_by_payment';
    end if;
    return new;
end
$$;

create trigger order_lines_revived_by_payment
before update of claim_state on order_lines
for each row
when (old.claim_state = 'released' and new.claim_state = 'kept')
execute function refuse_revival_of_lines();
