-- An order whose last line is over has been completed, or nobody came. Whoever came is sometimes
-- known later, from a gate without a network: then it was completed after all.

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
        ('confirmed', 'no_show'),
        ('no_show', 'completed')
    ) then
        raise exception 'an order cannot go from % to %', old.state, new.state
            using errcode = 'check_violation', constraint = 'orders_state_edges';
    end if;
    return new;
end
$$;

create function refuse_unseen_completion()
returns trigger
language plpgsql
as $$
begin
    if not exists (
        select 1 from check_ins join order_lines using (line_id) where order_id = new.order_id
    ) then
        raise exception 'an order is completed by somebody who came'
            using errcode = 'check_violation', constraint = 'orders_completed_by_check_in';
    end if;
    return new;
end
$$;

create trigger orders_completed_by_check_in
before update of state on orders
for each row
when (old.state <> 'completed' and new.state = 'completed')
execute function refuse_unseen_completion();

alter table order_lines
    -- When nobody comes any more: two hours after the end, and after noon on the day on which a
    -- stay departs; at once for a line that left its order.
    add column over_at timestamptz not null generated always as (
        least(
            left_at,
            case kind
                when 'stay' then (day + nights + time '14:00') at time zone 'Asia/Shanghai'
                -- By way of UTC, where hours don't depend on who asks.
                else (ends_at at time zone 'UTC' + interval '2 hours') at time zone 'UTC'
            end
        )
    ) stored,
    -- Its being over was noted, and its order closed with the last of them.
    add column is_over boolean not null default false;

create index order_lines_over_at_index on order_lines (over_at) where not is_over;

-- What comes back to life is to be closed again.
create function reopen_line() returns trigger
language plpgsql
as $$
begin
    new.is_over := false;
    return new;
end
$$;

create trigger order_lines_reopen
before update of claim_state on order_lines
for each row
when (old.claim_state = 'released' and new.claim_state = 'kept')
execute function reopen_line();
