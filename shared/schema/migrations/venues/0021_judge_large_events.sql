-- Which events are large: by what their operator expects, and by what their schedule lets in.

-- How many of a day's visits last at the same moment: those that have begun, as each begins.
create function most_at_one_time(times time[], minutes integer) returns bigint
language sql immutable
return (
    select max(lasting)
    from (
        select count(*) as lasting
        from unnest(times) as one
        join unnest(times) as begun
            on begun <= one and one - begun < make_interval(mins => minutes)
        group by one
    ) as starts
);

-- The places that a schedule has at one time on its own weekdays, on those of each rule and on each
-- exception, with the last of these days. What says no capacity or hours has the schedule's. A
-- permit is asked for by the session (大型群众性活动安全管理条例, article 2: 每场次), so times of a
-- day are added up only where they overlap.
create function places_at_one_time(schedule schedules, minutes integer)
returns table (places bigint, until date)
language sql stable
begin atomic
    select
        coalesce((held ->> 'capacity')::integer, schedule.capacity)
        * coalesce(
            most_at_one_time(
                case
                    when held ->> 'opens_at' is not null then '{}'
                    when held -> 'times' is null then schedule.times
                    else array(select jsonb_array_elements_text(held -> 'times'))::time[]
                end,
                minutes
            ),
            1
        ) as places,
        least(coalesce(held ->> 'day', held ->> 'until')::date, schedule.last_day) as until
    from (
        select '{}'::jsonb as held where schedule.weekdays <> '{}'
        union all
        select jsonb_array_elements(
            coalesce(schedule.plan -> 'rules', '[]') || coalesce(schedule.plan -> 'exceptions', '[]')
        )
    ) as days
    where not coalesce((held ->> 'closed')::boolean, false);
end;

-- The permits that a venue's entries still need, each with how many people it is for and the last
-- day on which so many come, or null where the entry has no schedule. `number` is empty where the
-- entry names none. An event is as large as its operator expects, on any of its days, and no
-- smaller than what it can sell at one time.
create function event_permits_needed(venue uuid, today date)
returns table (offering_id uuid, number text, visitors bigint, until date)
language sql stable
begin atomic
    select
        o.offering_id,
        coalesce(o.event_permit_number, '') as number,
        max(day.visitors) as visitors,
        max(day.until) as until
    from offerings o
    join venues v on v.venue_id = o.venue_id
    left join schedules s on s.offering_id = o.offering_id
    cross join lateral (
        select o.expected_visitors::bigint as visitors, s.last_day as until
        union all
        select least(p.places, v.day_capacity) as visitors, p.until
        from places_at_one_time(s, o.duration_minutes) p
    ) as day
    where
        o.venue_id = venue
        and o.kind = 'entry'
        and day.visitors >= 1000
        and coalesce(day.until >= today, true)
    group by o.offering_id, o.event_permit_number;
end;

-- As before, but for two things: what an event can sell counts, and a permit was there before as
-- soon as it was confirmed, since it may hold only later.
create or replace function licence_gaps(venue uuid, today date)
returns table (kind text, number text, held_before boolean)
language sql stable
begin atomic
    with needs as (
        select 'business' as kind, null::text as number, null::date as until
        union
        select r.licence_kind as kind, null::text as number, null::date as until
        from offerings o
        join licence_rules r on r.offering_kind = o.kind
        where o.venue_id = venue
        union
        select 'event_permit' as kind, e.number, max(e.until) as until
        from event_permits_needed(venue, today) e
        group by e.number
    )
    select
        n.kind,
        n.number,
        exists (
            select from licences l
            where
                l.venue_id = venue
                and l.kind = n.kind
                and l.number = coalesce(n.number, l.number)
                and l.confirmed_at is not null
                and (l.valid_from <= today or n.number is not null)
        )
    from needs n
    where
        not exists (
            select from licences l
            where
                l.venue_id = venue
                and l.kind = n.kind
                and l.number = coalesce(n.number, l.number)
                and l.state = 'confirmed'
                and l.valid_until >= greatest(today, n.until)
                and (l.valid_from <= today or n.number is not null)
        );
end;
