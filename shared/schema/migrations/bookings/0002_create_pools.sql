-- Everything that can run out is a pool: a slot's places, and what a venue, a village and the
-- district can carry in a day.
--
-- `ceiling` is what `taken` may reach. It equals `capacity`, except after a limit was lowered below
-- what had been taken: then nobody is thrown out, nothing is sold, and the ceiling sinks with every
-- release until it meets the capacity again. So the database itself refuses to oversell.

create table pools (
    id bigint generated always as identity primary key,
    scope text not null
        constraint pools_scope_check
        check (scope in ('slot', 'venue_day', 'village_day', 'district_day')),
    subject_id uuid not null,
    day date not null,
    capacity integer not null constraint pools_capacity_check check (capacity >= 0),
    taken integer not null default 0 constraint pools_taken_check check (taken >= 0),
    ceiling integer not null,
    constraint pools_subject_key unique (scope, subject_id, day),
    constraint pools_never_oversold check (taken <= ceiling),
    constraint pools_ceiling_check check (ceiling >= capacity)
)
-- Room on each page, so that the counters are updated in place and the index stays untouched.
with (fillfactor = 50);

-- `pool_ids`: the slot's own pool first, then its venue-day, village-day and district-day.
create table slots (
    slot_id uuid primary key,
    offering_id uuid not null,
    venue_id uuid not null,
    village_id uuid not null,
    day date not null,
    starts_at timestamptz not null,
    ends_at timestamptz not null,
    pool_ids bigint[] not null,
    on_sale boolean not null,
    version integer not null,
    constraint slots_pool_ids_check check (cardinality(pool_ids) = 4),
    constraint slots_time_check check (ends_at > starts_at)
);

create index slots_offering_id_day_index on slots (offering_id, day) where on_sale;

-- Takes places for many requests at once. Each request gets all that it wants or nothing; earlier
-- requests go first; a large one that is refused does not refuse the smaller ones behind it.
-- The three arrays are rows: request number, pool, quantity. Returned are the refused requests,
-- each with the first pool that was too short and what is left in it.
-- The pools are locked in the order of their ids, so that no two callers wait in a circle.
-- A pool that does not exist is a fault of the caller, and refuses everything.
create function take_places(requests integer[], wanted_pools bigint[], quantities integer[])
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
    select array_agg(locked.id), array_agg(greatest(locked.capacity - locked.taken, 0))
    into pool_list, room
    from (
        select id, capacity, taken
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

    update pools
    set taken = pools.taken + total.quantity
    from (
        select pool_id, sum(quantity)::integer as quantity
        from unnest(requests, wanted_pools, quantities) as asked (number, pool_id, quantity)
        where number = any (granted)
        group by pool_id
    ) as total
    where pools.id = total.pool_id;
end
$$;

-- Gives places back. The caller has just moved the claims to 'released', which happens once.
create function release_places(held_pools bigint[], quantities integer[])
returns void
language plpgsql
as $$
begin
    perform 1 from pools where id = any (held_pools) order by id for no key update;
    update pools
    set
        taken = pools.taken - total.quantity,
        ceiling = greatest(pools.capacity, pools.taken - total.quantity)
    from (
        select pool_id, sum(quantity)::integer as quantity
        from unnest(held_pools, quantities) as held (pool_id, quantity)
        group by pool_id
    ) as total
    where pools.id = total.pool_id;
end
$$;
