-- Many orders placed by one statement: each all or nothing, each with its own answer, one commit.

-- What is held back for the waiting list is no room for anybody else, for as long as it lasts.
create function places_left(pool pools) returns integer
language sql stable
return greatest(
    pool.capacity - pool.taken
    - case when pool.held_back_until > now() then pool.held_back else 0 end,
    0
);

-- Takes places for many requests at once; see the first version for the rules, which stand.
create or replace function take_places(
    requests integer[], wanted_pools bigint[], quantities integer[]
)
returns table (request integer, short_pool_id bigint, places_left integer)
language plpgsql
as $$
#variable_conflict use_column
declare
    pool_list bigint[];
    room integer[];
    granted integer[] := '{}';
    candidate record;
    short_place integer;
begin
    select array_agg(locked.id), array_agg(locked.room)
    into pool_list, room
    from (
        select id, places_left(pools) as room
        from pools
        where id = any (wanted_pools)
        order by id
        for no key update
    ) as locked;

    if cardinality(pool_list) is distinct from (
        select count(distinct pool_id)::integer from unnest(wanted_pools) as wanted (pool_id)
    ) then
        raise exception 'a request names a pool that does not exist'
            using errcode = 'foreign_key_violation', constraint = 'pools_are_known';
    end if;

    -- The quiet case: everything fits, and one statement grants it all.
    if not exists (
        select 1
        from unnest(wanted_pools, quantities) as wanted (pool_id, quantity)
        join unnest(pool_list, room) as pool (id, places) on pool.id = wanted.pool_id
        group by wanted.pool_id, pool.places
        having sum(wanted.quantity) > pool.places
    ) then
        update pools
        set taken = pools.taken + total.quantity
        from (
            select pool_id, sum(quantity)::integer as quantity
            from unnest(wanted_pools, quantities) as wanted (pool_id, quantity)
            group by pool_id
        ) as total
        where pools.id = total.pool_id;
        return;
    end if;

    -- The rush: decide request by request from the locked counters in memory, then write once.
    for candidate in
        select
            wanted.request,
            array_agg(array_position(pool_list, wanted.pool_id) order by wanted.pool_id) as places,
            array_agg(wanted.quantity order by wanted.pool_id) as quantities
        from (
            select number as request, pool_id, sum(quantity)::integer as quantity
            from unnest(requests, wanted_pools, quantities) as asked (number, pool_id, quantity)
            group by number, pool_id
        ) as wanted
        group by wanted.request
        order by wanted.request
    loop
        short_place := null;
        for i in 1 .. cardinality(candidate.places) loop
            if room[candidate.places[i]] < candidate.quantities[i] then
                short_place := i;
                exit;
            end if;
        end loop;

        if short_place is null then
            granted := granted || candidate.request;
            for i in 1 .. cardinality(candidate.places) loop
                room[candidate.places[i]] := room[candidate.places[i]] - candidate.quantities[i];
            end loop;
        else
            request := candidate.request;
            short_pool_id := pool_list[candidate.places[short_place]];
            places_left := room[candidate.places[short_place]];
            return next;
        end if;
    end loop;

    if cardinality(granted) > 0 then
        update pools
        set taken = pools.taken + total.quantity
        from (
            select pool_id, sum(quantity)::integer as quantity
            from unnest(requests, wanted_pools, quantities) as asked (number, pool_id, quantity)
            where number = any (granted)
            group by pool_id
        ) as total
        where pools.id = total.pool_id;
    end if;
end
$$;

-- Gives places back. The caller has just moved the claims to 'released', which happens once. Where
-- somebody waits for the pool, they are kept from the public for a moment.
create or replace function release_places(held_pools bigint[], quantities integer[])
returns void
language plpgsql
as $$
begin
    perform 1 from pools where id = any (held_pools) order by id for no key update;
    update pools
    set
        taken = pools.taken - total.quantity,
        ceiling = greatest(pools.capacity, pools.taken - total.quantity),
        held_back = case
            when pools.waiters = 0 then 0
            when pools.held_back_until > now() then pools.held_back + total.quantity
            else total.quantity
        end,
        held_back_until = case
            when pools.waiters = 0 then pools.held_back_until
            else now() + interval '20 seconds'
        end
    from (
        select pool_id, sum(quantity)::integer as quantity
        from unnest(held_pools, quantities) as held (pool_id, quantity)
        group by pool_id
    ) as total
    where pools.id = total.pool_id;
end
$$;

-- Orders as they are wanted, with their lines, and what these were planned with. `number` is the
-- order's place in the batch; lines, slots and claims refer to it.
create type wanted_order as (
    number integer,
    caller text,
    key text,
    fingerprint bytea,
    status smallint,
    order_id uuid,
    code text,
    account_id uuid,
    state text,
    accepted_payment text,
    payment_method text,
    total_fen bigint,
    contact_sealed bytea,
    event_id uuid,
    event_type text,
    -- The lines as order.confirmed tells them, in JSON.
    booked_lines text,
    traceparent text
);

-- `offering_version` and `venue_version` must be on sale; `edition` is what the line is sold
-- under: an earlier one where a quote still holds. What a line says of its order saves a join.
create type wanted_line as (
    number integer,
    order_id uuid,
    claim_state text,
    line_id uuid,
    place smallint,
    offering_id uuid,
    offering_version integer,
    edition integer,
    venue_id uuid,
    venue_version integer,
    day date,
    day_type text,
    nights smallint,
    starts_at timestamptz,
    ends_at timestamptz,
    tickets jsonb,
    persons integer,
    units integer,
    options jsonb,
    price_fen bigint,
    breakdown jsonb,
    pool_ids bigint[],
    quantities integer[],
    most_per_account integer
);

create type wanted_slot as (
    number integer,
    slot_id uuid,
    version integer,
    -- Of the calendar that says what the slot's day is.
    calendar_version integer
);

-- Which orders don't come first with their Idempotency-Key: one request with a key at a time, here
-- or in any other process.
create function orders_in_flight(wanted wanted_order[]) returns integer[]
language sql
as $$
    select array_agg(number)
    from (
        select
            number,
            pg_try_advisory_xact_lock(
                hashtextextended(current_schema() || ' idempotency ' || caller || ' ' || key, 0)
            ) as is_locked,
            row_number() over (partition by caller, key order by number) as place
        from unnest(wanted)
    ) as asked
    where not is_locked or place > 1
$$;

-- Which orders would be one hold too many of their account.
create function orders_over_hold_limit(wanted wanted_order[], most_holds integer)
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
    ) > most_holds
$$;

-- Which orders would give their account more people in a slot than its offering allows.
create function orders_over_account_limit(wanted wanted_order[], lines wanted_line[])
returns integer[]
language sql
as $$
    select array_agg(distinct asked.number)
    from (
        select
            line.number, ordering.account_id, line.offering_id, line.starts_at,
            line.most_per_account,
            sum(line.persons) over (
                partition by ordering.account_id, line.offering_id, line.starts_at
                order by line.number, line.place
            ) as persons
        from unnest(lines) as line
        join unnest(wanted) as ordering on ordering.number = line.number
        where line.most_per_account is not null
    ) as asked
    where asked.persons + coalesce((
        select sum(earlier.persons)
        from orders
        join order_lines as earlier using (order_id)
        where orders.account_id = asked.account_id
            and earlier.offering_id = asked.offering_id
            and earlier.starts_at = asked.starts_at
            and earlier.claim_state <> 'released'
    ), 0) > asked.most_per_account
$$;

-- Which orders were planned with something that is not on sale any more, or has changed.
create function orders_gone_stale(lines wanted_line[], slots wanted_slot[]) returns integer[]
language sql
as $$
    select array_agg(distinct number)
    from (
        select line.number
        from unnest(lines) as line
        where (
            select true
            from offerings
            where offerings.offering_id = line.offering_id
                and offerings.edition = line.offering_version
                and offerings.on_sale
        ) is null or (
            select true
            from venues
            where venues.venue_id = line.venue_id
                and venues.version = line.venue_version
                and venues.on_sale
        ) is null
        union all
        select wanted.number
        from unnest(slots) as wanted
        where (
            select true
            from slots
            join calendar_years on calendar_years.year = extract(year from slots.day)
            where slots.slot_id = wanted.slot_id
                and slots.version = wanted.version
                and slots.on_sale
                and slots.sold_until > now()
                and calendar_years.version = wanted.calendar_version
        ) is null
    ) as changed
$$;

-- Places many orders, and answers each, with the moment by the database's clock:
--   in_flight: the same request is being worked on elsewhere
--   repeated: the key was used before; the answer is kept with it
--   too_many_holds, too_many_for_account
--   stale: see above, or its code belongs to another order; to be planned again
--   short: pool `short_pool_id` has only `places_left`
--   placed: the order stands, and its event waits to be sent
create function place_orders(
    wanted wanted_order[],
    lines wanted_line[],
    slots wanted_slot[],
    most_holds integer,
    hold interval
)
returns table (
    number integer, outcome text, moment timestamptz, short_pool_id bigint, places_left integer
)
language plpgsql
-- Planning each statement anew would take longer than running it. The plans that are kept must not
-- depend on how small the tables were when they were made.
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
as $$
#variable_conflict use_column
declare
    -- Orders that something speaks against.
    ruled_out integer[];
    -- The numbers of the others.
    standing integer[];
    stale integer[];
    refusal record;
begin
    ruled_out := orders_in_flight(wanted);
    if ruled_out is not null then
        return query select refused, 'in_flight', now(), null::bigint, null::integer
        from unnest(ruled_out) as refused;
        wanted := array(select asked from unnest(wanted) as asked where asked.number <> all (ruled_out));
    end if;

    -- A statement of its own: it sees what the last holders of the keys' locks committed.
    ruled_out := array(
        select asked.number
        from unnest(wanted) as asked
        where (
            select true
            from idempotency_keys as kept
            where kept.caller = asked.caller and kept.key = asked.key
        )
    );
    if ruled_out <> '{}' then
        return query select refused, 'repeated', now(), null::bigint, null::integer
        from unnest(ruled_out) as refused;
        wanted := array(select asked from unnest(wanted) as asked where asked.number <> all (ruled_out));
    end if;

    -- What one account may have is counted by one transaction at a time.
    perform pg_advisory_xact_lock(account.lock)
    from (
        select distinct hashtextextended('bookings.limits ' || asked.account_id::text, 0) as lock
        from unnest(wanted) as asked
        where asked.state = 'held' or asked.number in (
            select line.number from unnest(lines) as line where line.most_per_account is not null
        )
        order by lock
    ) as account;

    ruled_out := orders_over_hold_limit(wanted, most_holds);
    if ruled_out is not null then
        return query select refused, 'too_many_holds', now(), null::bigint, null::integer
        from unnest(ruled_out) as refused;
        wanted := array(select asked from unnest(wanted) as asked where asked.number <> all (ruled_out));
    end if;

    ruled_out := orders_over_account_limit(wanted, lines);
    if ruled_out is not null then
        return query select refused, 'too_many_for_account', now(), null::bigint, null::integer
        from unnest(ruled_out) as refused;
        wanted := array(select asked from unnest(wanted) as asked where asked.number <> all (ruled_out));
    end if;

    stale := orders_gone_stale(lines, slots) || array(
        select asked.number
        from unnest(wanted) as asked
        where (select true from orders where orders.code = asked.code)
    );
    ruled_out := array(
        select asked.number from unnest(wanted) as asked where asked.number = any (stale)
    );
    if ruled_out <> '{}' then
        return query select refused, 'stale', now(), null::bigint, null::integer
        from unnest(ruled_out) as refused;
        wanted := array(select asked from unnest(wanted) as asked where asked.number <> all (ruled_out));
    end if;

    if wanted = '{}' then
        return;
    end if;

    -- The places. From here on locks are held that everybody wants.
    standing := array(select asked.number from unnest(wanted) as asked);
    ruled_out := '{}';
    for refusal in
        select refused.*
        from (
            select
                array_agg(line.number) as numbers,
                array_agg(claim.pool_id) as pools,
                array_agg(claim.quantity) as quantities
            from unnest(lines) as line
            cross join unnest(line.pool_ids, line.quantities) as claim (pool_id, quantity)
            where line.number = any (standing)
        ) as all_claims,
        take_places(all_claims.numbers, all_claims.pools, all_claims.quantities) as refused
    loop
        ruled_out := ruled_out || refusal.request;
        number := refusal.request;
        outcome := 'short';
        moment := now();
        short_pool_id := refusal.short_pool_id;
        places_left := refusal.places_left;
        return next;
    end loop;
    if ruled_out <> '{}' then
        wanted := array(select asked from unnest(wanted) as asked where asked.number <> all (ruled_out));
        if wanted = '{}' then
            return;
        end if;
        standing := array(select asked.number from unnest(wanted) as asked);
    end if;

    insert into orders (
        order_id, code, account_id, state, accepted_payment, payment_method, total_fen,
        contact_sealed, hold_expires_at, confirmed_at
    )
    select
        order_id, code, account_id, state, accepted_payment, payment_method, total_fen,
        contact_sealed,
        case when state = 'held' then now() + hold end,
        case when state = 'confirmed' then now() end
    from unnest(wanted);

    insert into order_lines (
        line_id, order_id, position, offering_id, offering_version, venue_id, organisation_id,
        village_id, kind, offering_name, venue_name, village_name, address, day, day_type, nights,
        starts_at, ends_at, tickets, persons, units, options, price_fen, breakdown, pool_ids,
        quantities, claim_state
    )
    select
        line.line_id, line.order_id, line.place, line.offering_id, line.edition, venue.venue_id,
        venue.organisation_id, venue.village_id, offering.kind, offering.name, venue.name,
        village.name, venue.address, line.day, line.day_type, line.nights, line.starts_at,
        line.ends_at, line.tickets, line.persons, line.units, line.options, line.price_fen,
        line.breakdown, line.pool_ids, line.quantities, line.claim_state
    from unnest(lines) as line
    join offerings as offering on offering.offering_id = line.offering_id
    join venues as venue on venue.venue_id = line.venue_id
    join villages as village on village.village_id = venue.village_id
    where line.number = any (standing);

    insert into ledger_movements (
        organisation_id, order_id, line_id, kind, debit, credit, amount_fen
    )
    select
        venue.organisation_id, line.order_id, line.line_id, 'sale', 'receivable', 'sales',
        line.price_fen
    from unnest(lines) as line
    join venues as venue on venue.venue_id = line.venue_id
    where line.number = any (standing) and line.claim_state = 'kept' and line.price_fen > 0;

    insert into idempotency_keys (caller, key, fingerprint, status, response)
    select caller, key, fingerprint, status, json_build_object('order_id', order_id)
    from unnest(wanted);

    insert into outbox (id, topic, subject, version, type, payload, traceparent)
    select
        event_id, 'bookings.order', order_id, 1, event_type,
        case state
            when 'held' then json_build_object(
                'order_id', order_id,
                'account_id', account_id,
                'hold_expires_at', now() + hold
            )
            else json_build_object(
                'order_id', order_id,
                'account_id', account_id,
                'total_fen', total_fen,
                'confirmed_at', now(),
                'lines', booked_lines::json
            )
        end,
        traceparent
    from unnest(wanted);

    return query
    select asked.number, 'placed', now(), null::bigint, null::integer
    from unnest(wanted) as asked;
end
$$;
