-- Which days of an event are large: those on which so many are expected or let in, by all that its
-- schedule says of its days.

-- Whether a rule of a schedule speaks of a day; null where nobody knows yet. `day_type` is null in
-- a year that is not known. Of a recurrence its weekdays and its end are read here; all other days
-- of it are days that it may come on (services/venues/domain/schedules.py knows which).
create function speaks_of(rule jsonb, day date, day_type text) returns boolean
language sql stable
return
    coalesce(rule -> 'weekdays' @> to_jsonb(extract(isodow from day)::integer), true)
    and day >= coalesce((rule ->> 'from')::date, '-infinity')
    and day <= coalesce((rule ->> 'until')::date, 'infinity')
    and case
        when rule -> 'season' is null then true
        when rule -> 'season' ->> 'from' <= rule -> 'season' ->> 'until'
            then to_char(day, 'MM-DD')
                between rule -> 'season' ->> 'from' and rule -> 'season' ->> 'until'
        else
            to_char(day, 'MM-DD') >= rule -> 'season' ->> 'from'
            or to_char(day, 'MM-DD') <= rule -> 'season' ->> 'until'
    end
    and case when rule -> 'day_types' is null then true else rule -> 'day_types' ? day_type end
    and case
        when rule -> 'rrule' is null then true
        when day > substring(rule ->> 'rrule' from 'UNTIL=([0-9]{8})')::date then false
        when substring(rule ->> 'rrule' from 'BYDAY=([^;]+)')
            !~ (array['MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU'])[extract(isodow from day)::integer]
            then false
    end;

-- What a schedule holds on each day from a first one on, or may hold: then a day has several rows.
-- As in services/venues/domain/openings.py: an exception instead of all else, nothing in a
-- blackout, then the last rule that speaks of the day, then the schedule's own weekdays, here
-- number 0. What says no capacity or hours has the schedule's. Opening hours are one start, and
-- over by midnight.
create function days_held(schedule schedules, first date)
returns table (day date, capacity integer, times time[], is_open_hours boolean)
language sql stable
begin atomic
    with days as materialized (
        select
            listed.day,
            case
                when c.year is not null then coalesce(
                    decreed.day_type,
                    case when extract(isodow from listed.day) < 6 then 'workday' else 'weekend' end
                )
            end as day_type
        from (
            select begun.day + number as day
            from (
                select
                    -- From the end of time on there are none.
                    least(greatest(first, schedule.first_day), schedule.last_day + 1) as day
            ) as begun
            cross join lateral generate_series(0, schedule.last_day - begun.day) as number
        ) as listed
        left join calendars c on c.year = extract(year from listed.day)
        left join calendar_days decreed on decreed.day = listed.day
        where not exists (
            select from jsonb_array_elements(schedule.plan -> 'blackouts') as b
            where listed.day between (b ->> 'from')::date and (b ->> 'until')::date
        )
    ),
    exceptions as materialized (
        select (held ->> 'day')::date as day, held
        from jsonb_array_elements(schedule.plan -> 'exceptions') as held
    ),
    rules as materialized (
        select 0 as number, jsonb_build_object('weekdays', to_jsonb(schedule.weekdays)) as held
        union all
        select number, held
        from jsonb_array_elements(schedule.plan -> 'rules') with ordinality as rule (held, number)
    ),
    asked as materialized (
        select day, number, held, speaks_of(held, day, day_type) as speaks
        from days
        cross join rules
        where not exists (select from exceptions e where e.day = days.day)
    ),
    heard as (
        select day, number, held, max(number) filter (where speaks) over (partition by day) as last
        from asked
        where speaks is not false
    )
    select
        found.day,
        coalesce((held ->> 'capacity')::integer, schedule.capacity),
        case
            when held -> 'opens_at' is not null then array[(held ->> 'opens_at')::time]
            when held -> 'times' is not null
                then array(select jsonb_array_elements_text(held -> 'times'))::time[]
            when schedule.opens_at is not null then array[schedule.opens_at]
            else schedule.times
        end,
        held -> 'opens_at' is not null
        or held -> 'times' is null and schedule.opens_at is not null
    from (
        select day, held from exceptions
        where day >= first
        union all
        select day, held from heard
        where number >= coalesce(last, 0)
    ) as found
    where not coalesce((held ->> 'closed')::boolean, false);
end;

-- The most places of a day at one moment, as each of its visits begins: of those that have begun
-- then, and of those that began the day before and last until after it. No visit lasts longer than
-- a day.
create function places_at_one_time(
    times time[], capacity integer, times_before time[], capacity_before integer, minutes integer
) returns bigint
language sql immutable
return (
    select max(
        capacity * (
            select count(*) from unnest(times) as begun
            where begun = one or begun < one and one - begun < make_interval(mins => minutes)
        )
        + capacity_before * (
            select count(*) from unnest(times_before) as begun
            where one - begun + interval '1 day' < make_interval(mins => minutes)
        )
    )
    from unnest(times) as one
);

-- The places that a schedule has at one time on each of its days from a first one on. A permit is
-- asked for by the session (大型群众性活动安全管理条例, article 2: 每场次), so times are added up
-- only where they overlap, past midnight too. Days are alike: each pair of them is counted once.
create function places_by_day(schedule schedules, minutes integer, first date)
returns table (day date, places bigint)
language sql stable
begin atomic
    with held as materialized (
        select * from days_held(schedule, first - 1)
    ),
    pairs as materialized (
        select
            today.day,
            today.capacity,
            today.times,
            coalesce(before.capacity, 0) as capacity_before,
            coalesce(before.times, '{}') as times_before
        from held as today
        left join held as before on before.day = today.day - 1 and not before.is_open_hours
        where today.day >= first
    ),
    counted as materialized (
        select
            alike.*,
            places_at_one_time(times, capacity, times_before, capacity_before, minutes) as places
        from (
            select distinct capacity, times, capacity_before, times_before from pairs
        ) as alike
    )
    select pairs.day, max(counted.places)
    from pairs
    join counted using (capacity, times, capacity_before, times_before)
    group by pairs.day;
end;

-- The days, today and later, with 1,000 visitors or more of one of a venue's entries: as many as
-- its operator expects, and no fewer than it can sell at one time. `day` is null where the entry has
-- no schedule yet. `number` is that of its permit, empty where it names none. What is held back
-- needs none yet. Days are looked through only where so many are expected, or fit into the venue.
create function large_days(venue uuid, today date)
returns table (offering_id uuid, number text, day date, visitors bigint)
language sql stable
begin atomic
    select o.offering_id, coalesce(o.event_permit_number, ''), held.day, size.visitors
    from offerings o
    join venues v on v.venue_id = o.venue_id
    left join schedules s on s.offering_id = o.offering_id
    left join lateral places_by_day(s, o.duration_minutes, today) as held
        on s.offering_id is not null
    cross join lateral (
        select
            greatest(o.expected_visitors, least(coalesce(held.places, 0), v.day_capacity)) as visitors
    ) as size
    where
        o.venue_id = venue
        and o.kind = 'entry'
        and not o.held_back
        and greatest(o.expected_visitors, v.day_capacity) >= 1000
        and (s.offering_id is null or held.day is not null)
        and size.visitors >= 1000;
end;

-- As before, by large days.
create or replace function event_permits_needed(venue uuid, today date)
returns table (offering_id uuid, number text, visitors bigint, until date)
language sql stable
begin atomic
    select l.offering_id, l.number, max(l.visitors), max(l.day)
    from large_days(venue, today) l
    group by l.offering_id, l.number;
end;

-- Large days until which no confirmed permit of their number holds.
create function large_days_without_permit(venue uuid, today date)
returns table (offering_id uuid, number text, day date, visitors bigint)
language sql stable
begin atomic
    select e.offering_id, e.number, e.day, e.visitors
    from large_days(venue, today) e
    where
        not exists (
            select from licences l
            where
                l.venue_id = venue
                and l.kind = 'event_permit'
                and l.number = e.number
                and l.state = 'confirmed'
                and l.valid_until >= greatest(today, e.day)
        );
end;

drop function places_at_one_time(schedules, integer);
drop function most_at_one_time(time[], integer);
