-- What was shut is not full, and what a closure takes from a party was not refused by it
-- (docs/domain.md rules 9 and 10).

-- As before; and of a pool that is shut, no number says what is left: null.
create or replace function take_places(
    requests integer[], wanted_pools bigint[], quantities integer[]
)
returns table (request integer, short_pool_id bigint, places_left integer)
language plpgsql
as $$
#variable_conflict use_column
declare
    pool_list bigint[];
    -- Less than nothing where it is shut.
    room integer[];
    granted integer[] := '{}';
    candidate record;
    short_place integer;
begin
    select array_agg(locked.id), array_agg(locked.room)
    into pool_list, room
    from (
        select id, case when closed then -1 else places_left(pools) end as room
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
            places_left := nullif(room[candidate.places[short_place]], -1);
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

-- What became of an offer by nobody's choice in the party: its host or the office called it off, or
-- it was shut until it had run out.
alter table waitlist_offers
    drop constraint waitlist_offers_outcome_check,
    add constraint waitlist_offers_outcome_check
        check (outcome in ('taken', 'refused', 'lapsed', 'called_off'));
