-- Search finds what bookings would sell: not what begins too soon for its lead time, and of stays
-- only the days on which one may arrive, with room for as many nights as one has to stay.

-- The least nights of a stay; 1 for everything else.
create function nights_to_stay(kind text, terms jsonb) returns integer
language sql immutable
return case kind when 'stay' then coalesce((terms -> 'nights_least')::integer, 1) else 1 end;

-- How many days each of its nights lies after the first. As an array: a series is thought to be long,
-- and what is joined with it to be worth reading whole tables.
create function later_nights(kind text, terms jsonb) returns integer[]
language sql immutable
return array(select night from generate_series(0, nights_to_stay(kind, terms) - 1) as night);

create function may_arrive(kind text, terms jsonb, day date) returns boolean
language sql immutable
return kind <> 'stay' or coalesce(
    terms -> 'arrival_weekdays' @> to_jsonb(extract(isodow from day)::integer), true
);

-- Until when a slot can be booked; that instant is no longer part of it. With a lead time that is
-- the last moment at which there is as much left (services/bookings/domain/booking_window.py).
create function bookable_until(
    kind text, terms jsonb, day date, starts_at timestamptz, ends_at timestamptz
) returns timestamptz
language sql stable
return case
    when (terms -> 'lead_minutes')::integer > 0
        then starts_at
            - make_interval(mins => (terms -> 'lead_minutes')::integer)
            + interval '1 microsecond'
    else sold_until(kind, day, starts_at, ends_at)
end;

-- Room for a party in the slots of some offerings' days, from what is known now. A stay has as many
-- of its pitches of one type as are left in each of its nights, on days on which one may arrive. A
-- table, or tables that are pushed together, must be free for the whole seating of as many people
-- as it seats. All else has its places.
create or replace function room_in_slots(offering_ids uuid[], wanted_days date[])
returns table (offering_id uuid, day date, until timestamptz, party integer)
language sql stable
set search_path from current
as $$
    with wanted as materialized (
        select distinct
            o.offering_id, asked.day, o.kind, later_nights(o.kind, o.terms) as nights
        from unnest(offering_ids, wanted_days) as asked (offering_id, day)
        join offerings o on o.offering_id = asked.offering_id
        where may_arrive(o.kind, o.terms, asked.day)
    ),
    found as materialized (
        select
            o.offering_id, o.kind, o.terms, o.persons_per_unit, s.day, s.starts_at, s.ends_at,
            offered_parts(s) as parts,
            (
                select jsonb_object_agg(known.option, known.places_left)
                from place_projections known
                where known.subject_id = s.slot_id and known.day = s.day
            ) as known
        from (
            select distinct wanted.offering_id, wanted.day + night as day
            from wanted
            cross join lateral unnest(wanted.nights) as night
        ) as needed
        join offerings o on o.offering_id = needed.offering_id
        join slots s on s.offering_id = needed.offering_id and s.day = needed.day
        where s.offered
    ),
    -- Most slots offer the same.
    shapes as materialized (
        select
            distinct_parts.parts,
            (
                select jsonb_object_agg(part.option, part.capacity)
                from jsonb_to_recordset(distinct_parts.parts)
                    as part (option text, capacity integer)
            ) as places
        from (select distinct parts from found) as distinct_parts
    ),
    -- `places` are what is left by option, such as {"two": 3, "four": 0}.
    offered as materialized (
        select
            offering_id, kind, terms, persons_per_unit, day, starts_at,
            bookable_until(kind, terms, day, starts_at, ends_at) as until,
            shapes.places || coalesce(found.known, '{}') as places
        from found
        join shapes using (parts)
    ),
    seats as materialized (
        select cafes.offering_id, seats.*
        from (
            select distinct offering_id, terms from offered where kind = 'table'
        ) as cafes
        cross join lateral seats_of(cafes.terms) as seats
    ),
    -- Free quarters that follow each other have the same difference between time and place.
    runs as (
        select
            offered.offering_id, offered.day, offered.starts_at, offered.until, seats.seat,
            seats.persons, seats.quarters,
            offered.starts_at - interval '15 minutes' * row_number() over (
                partition by offered.offering_id, offered.day, seats.seat
                order by offered.starts_at
            ) as run
        from offered
        join seats using (offering_id)
        where not exists (
            select from (
                select needed, count(*) as units from unnest(seats.options) as needed group by needed
            ) as need
            where coalesce((offered.places -> need.needed)::integer, 0) < need.units
        )
    ),
    seatings as (
        select
            offering_id, day, until, persons, quarters,
            count(*) over (
                partition by offering_id, day, seat, run
                order by starts_at desc
            ) as free_from_here
        from runs
    )
    select offering_id, day, until, persons
    from seatings
    where free_from_here >= quarters
    union all
    select offering_id, day, max(until), 0
    from offered
    where kind = 'table'
    group by offering_id, day
    union all
    select offered.offering_id, offered.day, offered.until, place.units::integer
    from offered
    cross join lateral jsonb_each(offered.places) as place (option, units)
    where offered.kind in ('session', 'entry')
    union all
    -- Of a type that is not there in one of the nights there is nothing.
    select
        wanted.offering_id,
        wanted.day,
        max(nights.until) filter (where nights.day = wanted.day),
        min(place.units::integer) * max(
            coalesce(
                (
                    select (unit -> 'persons')::integer
                    from jsonb_array_elements(nights.terms -> 'options') as unit
                    where unit ->> 'code' = place.option
                ),
                nights.persons_per_unit,
                1
            )
        )
    from wanted
    join offered as nights
        on nights.offering_id = wanted.offering_id
        and nights.day - wanted.day = any (wanted.nights)
    cross join lateral jsonb_each(nights.places) as place (option, units)
    where wanted.kind = 'stay'
    group by wanted.offering_id, wanted.day, wanted.nights, place.option
    having count(*) = cardinality(wanted.nights)
$$;

-- Writes those days anew, and the days from which a stay would reach into one of them. Each day's
-- row is locked before anything is counted, so that of two transactions the later one counts what
-- the earlier one changed.
create or replace function note_offering_days(offering_ids uuid[], wanted_days date[]) returns void
language plpgsql
set search_path from current
set enable_nestloop = on
as $$
declare
    ids uuid[];
    days date[];
begin
    select array_agg(reached.offering_id), array_agg(reached.day) into ids, days
    from (
        select distinct o.offering_id, asked.day - night as day
        from unnest(offering_ids, wanted_days) as asked (offering_id, day)
        join offerings o on o.offering_id = asked.offering_id
        cross join lateral unnest(later_nights(o.kind, o.terms)) as night
        where
            night = 0
            or exists (
                select from slots s
                where s.offering_id = o.offering_id and s.day = asked.day - night and s.offered
            )
    ) as reached;

    insert into offering_days (offering_id, day)
    select wanted.offering_id, wanted.day
    from unnest(ids, days) as wanted (offering_id, day)
    order by wanted.day, wanted.offering_id
    on conflict on constraint offering_days_pkey do nothing;

    perform 1
    from offering_days kept
    join unnest(ids, days) as wanted (offering_id, day) using (offering_id, day)
    order by kept.day, kept.offering_id
    for update of kept;

    with room as (
        select found.offering_id, found.day, found.until, max(found.party) as party
        from room_in_slots(ids, days) as found
        group by found.offering_id, found.day, found.until
    ),
    larger as (
        select
            room.*,
            coalesce(
                max(party) over (
                    partition by offering_id, day
                    order by until desc
                    rows between unbounded preceding and 1 preceding
                ),
                -1
            ) as party_later
        from room
    ),
    steps as (
        select
            offering_id, day,
            array_agg(until order by until desc) as until,
            array_agg(party order by until desc) as parties
        from larger
        where party > party_later
        group by offering_id, day
    )
    update offering_days kept
    set until = coalesce(steps.until, '{}'), parties = coalesce(steps.parties, '{}')
    from unnest(ids, days) as wanted (offering_id, day)
    left join steps on steps.offering_id = wanted.offering_id and steps.day = wanted.day
    where
        kept.offering_id = wanted.offering_id
        and kept.day = wanted.day
        and (kept.until, kept.parties)
        is distinct from (coalesce(steps.until, '{}'), coalesce(steps.parties, '{}'));
end
$$;

-- Slots exist for 90 days ahead: what lies further before the last of them is no longer sold, and
-- nobody looks for it.
create or replace function note_days_of_changed_offering() returns trigger
language plpgsql
set search_path from current
as $$
begin
    perform note_offering_days(
        array_agg(new.offering_id), array_agg(days.day)
    )
    from (
        select distinct s.day
        from slots s
        where
            s.offering_id = new.offering_id
            and s.offered
            and s.day >= (
                select max(last.day) - 91
                from slots last
                where last.offering_id = new.offering_id and last.offered
            )
    ) as days
    having count(*) > 0;
    return null;
end
$$;

-- Before offerings are locked, and only the days of which anything is still sold.
select note_offering_days(array_agg(offering_id), array_agg(day))
from (
    select distinct offering_id, s.day
    from slots s
    join offerings using (offering_id)
    where
        s.offered
        and s.day >= current_date - 1
        and terms ?| array['lead_minutes', 'nights_least', 'arrival_weekdays']
) as known
having count(*) > 0;

drop trigger offerings_change_room on offerings;

-- What else terms say, such as what is refunded, changes no room.
create trigger offerings_change_room
after update of terms, persons_per_unit on offerings
for each row when (
    (
        old.terms -> 'options', old.terms -> 'joins', old.terms -> 'seating',
        old.terms -> 'lead_minutes', old.terms -> 'nights_least', old.terms -> 'arrival_weekdays',
        old.persons_per_unit
    ) is distinct from (
        new.terms -> 'options', new.terms -> 'joins', new.terms -> 'seating',
        new.terms -> 'lead_minutes', new.terms -> 'nights_least', new.terms -> 'arrival_weekdays',
        new.persons_per_unit
    )
)
execute function note_days_of_changed_offering();
