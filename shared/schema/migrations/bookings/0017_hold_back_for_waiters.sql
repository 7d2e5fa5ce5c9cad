-- Who waits for a pool, and what is kept from the public for a moment because somebody does.

create index pools_held_back_index on pools (id) where held_back > 0;

-- Counts wishes that came (`step` 1) or went (-1), each as often as it is named. Where nobody waits
-- any more, nothing is held back any more.
create function change_waiters(wanted_pools bigint[], step integer)
returns void
language plpgsql
as $$
begin
    perform 1 from pools where id = any (wanted_pools) order by id for no key update;
    update pools
    set
        waiters = pools.waiters + changed.wishes,
        held_back = case when pools.waiters + changed.wishes = 0 then 0 else pools.held_back end
    from (
        select pool_id, count(*)::integer * step as wishes
        from unnest(wanted_pools) as wanted (pool_id)
        group by pool_id
    ) as changed
    where pools.id = changed.pool_id;
end
$$;

-- Places that a raised limit brings are offered to those who wait, as places that come back are.
create function hold_back_what_was_raised()
returns trigger
language plpgsql
as $$
declare
    gained integer :=
        greatest(new.capacity - new.taken, 0) - greatest(old.capacity - old.taken, 0);
begin
    if gained > 0 then
        new.held_back :=
            gained + case when old.held_back_until > now() then old.held_back else 0 end;
        new.held_back_until := now() + interval '20 seconds';
    end if;
    return new;
end
$$;

create trigger pools_raise_is_held_back
before update of capacity on pools
for each row
when (new.capacity > old.capacity and new.waiters > 0)
execute function hold_back_what_was_raised();

-- Which orders would be one hold too many of their account. What the waiting list offered was not
-- asked for in that moment, and does not count.
create or replace function orders_over_hold_limit(wanted wanted_order[], most_holds integer)
returns integer[]
language sql
as $$
    select array_agg(asked.number)
    from (
        select
            number, account_id,
            row_number() over (partition by account_id order by number) as place
        from unnest(wanted)
        where state = 'held'
    ) as asked
    where asked.place + (
        select count(*)
        from orders
        where orders.account_id = asked.account_id
            and orders.state = 'held'
            and orders.hold_expires_at > now()
            and not exists (
                select 1
                from waitlist_offers
                where waitlist_offers.order_id = orders.order_id
            )
    ) > most_holds
$$;
