-- Which events are large: by what their operator expects, and by what their schedule lets in.

-- The most places that a schedule has at one time: its own, or those of a rule or an exception, of
-- which each that says none has the schedule's. A permit is asked for by the session (大型群众性活动
-- 安全管理条例, article 2: 每场次), so times of a day are not added up.
create function busiest_time(schedule schedules) returns integer
language sql immutable
return (
    select max(coalesce((held ->> 'capacity')::integer, schedule.capacity))
    from (
        select '{}'::jsonb as held where schedule.weekdays <> '{}'
        union all
        select jsonb_array_elements(
            coalesce(schedule.plan -> 'rules', '[]') || coalesce(schedule.plan -> 'exceptions', '[]')
        )
    ) as days
);

-- The permits that a venue's entries need, each with the last day on which its event takes place,
-- or null where it has no schedule. `number` is empty where the entry names none. An event is as
-- large as its operator expects, and no smaller than what it can sell at one time.
create function event_permits_needed(venue uuid)
returns table (number text, until date)
language sql stable
begin atomic
    select coalesce(o.event_permit_number, '') as number, s.last_day as until
    from offerings o
    join venues v on v.venue_id = o.venue_id
    left join schedules s on s.offering_id = o.offering_id
    where
        o.venue_id = venue
        and o.kind = 'entry'
        and greatest(
            o.expected_visitors,
            case when s.offering_id is not null then least(busiest_time(s), v.day_capacity) end
        ) >= 1000;
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
        from event_permits_needed(venue) e
        where e.until is null or e.until >= today
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
