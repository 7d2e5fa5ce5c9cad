-- What search reads: the words of each venue, and the largest party that each offering has room
-- for on each day.

-- Words are written by the service, which knows pinyin and synonyms (services/venues/searching).
create table venue_words (
    venue_id uuid primary key,
    -- Lexemes: single Chinese characters and pairs, words, `p:` pinyin, `i:` its initials, `c:`
    -- what the words mean. Of the venue's name, its offerings' names, its village's name, of all.
    name_words tsvector not null,
    offering_words tsvector not null,
    village_words tsvector not null,
    all_words tsvector not null,
    -- Names as somebody may misspell them: English, pinyin, and what they mean.
    spelled text not null,
    -- The list of synonyms, and of rules, by which they were written.
    edition integer not null,
    constraint venue_words_venue_exists
    foreign key (venue_id) references venues on delete cascade
);

create index venue_words_found on venue_words using gin (all_words);
create index venue_words_spelled on venue_words using gin (spelled extensions.gin_trgm_ops);

-- Venues whose words are out of date: whoever changes a text says so here, by trigger, so that
-- none is forgotten. The transaction that knows better writes them at once.
create table stale_venue_words (
    place bigint generated always as identity primary key,
    venue_id uuid not null
);

create index stale_venue_words_of_venue on stale_venue_words (venue_id);

insert into stale_venue_words (venue_id)
select venue_id from venues order by venue_id;

create function note_stale_venue_words() returns trigger
language plpgsql
set search_path from current
as $$
begin
    insert into stale_venue_words (venue_id) values (new.venue_id);
    return null;
end
$$;

create trigger venues_have_words
after insert on venues
for each row execute function note_stale_venue_words();

create trigger venues_words_follow
after update of name, summary, description, address, village_id on venues
for each row when (
    (old.name, old.summary, old.description, old.address, old.village_id)
    is distinct from (new.name, new.summary, new.description, new.address, new.village_id)
)
execute function note_stale_venue_words();

create trigger offerings_have_words
after insert on offerings
for each row execute function note_stale_venue_words();

create trigger offerings_words_follow
after update of name, description on offerings
for each row when (
    (old.name, old.description) is distinct from (new.name, new.description)
)
execute function note_stale_venue_words();

create function note_stale_words_of_village() returns trigger
language plpgsql
set search_path from current
as $$
begin
    insert into stale_venue_words (venue_id)
    select venue_id from venues where village_id = new.village_id order by venue_id;
    return null;
end
$$;

create trigger villages_words_follow
after update of name on villages
for each row when (old.name is distinct from new.name)
execute function note_stale_words_of_village();

-- How large a party an offering has room for on a day, by its slots and by what bookings says is
-- left of them. `parties[i]` can be booked until `until[i]`; the latest come first, even without
-- any room, and an earlier one is only here if it has room for more. What the venue, the village
-- and the district can carry that day is not in it.
create table offering_days (
    offering_id uuid not null,
    day date not null,
    until timestamptz[] not null default '{}',
    parties integer[] not null default '{}',
    constraint offering_days_pkey primary key (day, offering_id),
    constraint offering_days_pairs check (cardinality(until) = cardinality(parties))
);

-- What seats people at an offering's tables: an option of its own, or tables that are pushed
-- together: how many people, which tables, and for how many quarters of an hour they keep them.
create function seats_of(terms jsonb)
returns table (seat text, persons integer, options text[], quarters integer)
language sql immutable
begin atomic
    select
        seats.seat,
        seats.persons,
        array(select jsonb_array_elements_text(seats.options)),
        coalesce(
            (
                select (step -> 'minutes')::integer
                from jsonb_array_elements(terms -> 'seating') with ordinality as steps (step, place)
                order by
                    (step -> 'up_to_persons')::integer < seats.persons,
                    case
                        when (step -> 'up_to_persons')::integer < seats.persons then -place
                        else place
                    end
                limit 1
            ),
            90
        ) / 15
    from (
        select
            'option ' || (unit ->> 'code') as seat,
            (unit -> 'persons')::integer as persons,
            jsonb_build_array(unit -> 'code') as options
        from jsonb_array_elements(terms -> 'options') as unit
        union all
        select 'join ' || place, (joined -> 'persons')::integer, joined -> 'options'
        from jsonb_array_elements(terms -> 'joins') with ordinality as pushed (joined, place)
    ) as seats;
end;

-- What a slot offers by option, as [{"option", "capacity"}, ...]; '' is the only one without any.
create function offered_parts(slot slots) returns jsonb
language sql immutable
as $$
    select case slot.parts
        when '[]' then jsonb_build_array(
            jsonb_build_object('option', '', 'capacity', slot.capacity)
        )
        else slot.parts
    end
$$;

-- Room for a party in the slots of some offerings' days, from what is known now. A stay has as many
-- of its pitches of one type as are left. A table, or tables that are pushed together, must be free
-- for the whole seating of as many people as it seats. All else has its places.
create function room_in_slots(offering_ids uuid[], wanted_days date[])
returns table (offering_id uuid, day date, until timestamptz, party integer)
language sql stable
set search_path from current
as $$
    with found as materialized (
        select
            o.offering_id, o.kind, o.terms, o.persons_per_unit, s.day, s.starts_at, s.ends_at,
            offered_parts(s) as parts,
            (
                select jsonb_object_agg(known.option, known.places_left)
                from place_projections known
                where known.subject_id = s.slot_id and known.day = s.day
            ) as known
        from unnest(offering_ids, wanted_days) as wanted (offering_id, day)
        join offerings o on o.offering_id = wanted.offering_id
        join slots s on s.offering_id = wanted.offering_id and s.day = wanted.day
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
            offering_id, kind, terms, persons_per_unit, day, starts_at, ends_at,
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
            offered.offering_id, offered.day, offered.starts_at, seats.seat, seats.persons,
            seats.quarters,
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
            offering_id, day, starts_at, persons, quarters,
            count(*) over (
                partition by offering_id, day, seat, run
                order by starts_at desc
            ) as free_from_here
        from runs
    )
    select offering_id, day, starts_at, persons
    from seatings
    where free_from_here >= quarters
    union all
    select offering_id, day, max(starts_at), 0
    from offered
    where kind = 'table'
    group by offering_id, day
    union all
    select
        offered.offering_id,
        offered.day,
        case offered.kind
            when 'stay' then (offered.day + 1)::timestamp at time zone 'Asia/Shanghai'
            when 'entry' then offered.ends_at
            else offered.starts_at
        end,
        place.units::integer * case
            when offered.kind = 'stay'
                then coalesce(
                    (
                        select (unit -> 'persons')::integer
                        from jsonb_array_elements(offered.terms -> 'options') as unit
                        where unit ->> 'code' = place.option
                    ),
                    offered.persons_per_unit,
                    1
                )
            else 1
        end
    from offered
    cross join lateral jsonb_each(offered.places) as place (option, units)
    where offered.kind <> 'table'
$$;

-- Writes those days anew. Each day's row is locked before anything is counted, so that of two
-- transactions the later one counts what the earlier one changed.
create function note_offering_days(offering_ids uuid[], wanted_days date[]) returns void
language plpgsql
set search_path from current
set enable_nestloop = on
as $$
begin
    insert into offering_days (offering_id, day)
    select distinct wanted.offering_id, wanted.day
    from unnest(offering_ids, wanted_days) as wanted (offering_id, day)
    order by wanted.day, wanted.offering_id
    on conflict on constraint offering_days_pkey do nothing;

    perform 1
    from offering_days kept
    join (
        select distinct offering_id, day
        from unnest(offering_ids, wanted_days) as given (offering_id, day)
    ) as wanted using (offering_id, day)
    order by kept.day, kept.offering_id
    for update of kept;

    with room as (
        select found.offering_id, found.day, found.until, max(found.party) as party
        from room_in_slots(offering_ids, wanted_days) as found
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
    from (
        select distinct offering_id, day
        from unnest(offering_ids, wanted_days) as given (offering_id, day)
    ) as wanted
    left join steps on steps.offering_id = wanted.offering_id and steps.day = wanted.day
    where
        kept.offering_id = wanted.offering_id
        and kept.day = wanted.day
        and (kept.until, kept.parties)
        is distinct from (coalesce(steps.until, '{}'), coalesce(steps.parties, '{}'));
end
$$;

create function note_days_of_added_slots() returns trigger
language plpgsql
set search_path from current
as $$
declare
    ids uuid[];
    days date[];
begin
    select array_agg(offering_id), array_agg(day) into ids, days
    from (select distinct offering_id, day from added) as touched;
    if ids is not null then
        perform note_offering_days(ids, days);
    end if;
    return null;
end
$$;

create function note_days_of_changed_slots() returns trigger
language plpgsql
set search_path from current
-- Nothing is known of how many rows a statement changes: thousands, one by one, take a minute.
set enable_nestloop = off
as $$
declare
    ids uuid[];
    days date[];
begin
    select array_agg(offering_id), array_agg(day) into ids, days
    from (
        select distinct changed.offering_id, changed.day
        from changed
        join earlier using (slot_id)
        where
            (changed.offered, changed.capacity, changed.parts, changed.ends_at)
            is distinct from (earlier.offered, earlier.capacity, earlier.parts, earlier.ends_at)
    ) as touched;
    if ids is not null then
        perform note_offering_days(ids, days);
    end if;
    return null;
end
$$;

create trigger slots_add_room
after insert on slots
referencing new table as added
for each statement execute function note_days_of_added_slots();

create trigger slots_remove_room
after delete on slots
referencing old table as added
for each statement execute function note_days_of_added_slots();

create trigger slots_change_room
after update on slots
referencing old table as earlier new table as changed
for each statement execute function note_days_of_changed_slots();

-- Each day once, however many places of it a statement tells of: a day of a café is 96 slots.
create function note_days_of_known_places() returns trigger
language plpgsql
set search_path from current
as $$
declare
    ids uuid[];
    days date[];
begin
    select array_agg(offering_id), array_agg(day) into ids, days
    from (
        select distinct s.offering_id, s.day
        from told
        join slots s on s.slot_id = told.subject_id
        where told.scope = 'slot'
    ) as touched;
    if ids is not null then
        perform note_offering_days(ids, days);
    end if;
    return null;
end
$$;

create trigger place_projections_add_room
after insert on place_projections
referencing new table as told
for each statement execute function note_days_of_known_places();

create trigger place_projections_change_room
after update on place_projections
referencing new table as told
for each statement execute function note_days_of_known_places();

create function note_days_of_changed_offering() returns trigger
language plpgsql
set search_path from current
as $$
begin
    perform note_offering_days(
        array_agg(new.offering_id), array_agg(days.day)
    )
    from (select distinct day from slots where offering_id = new.offering_id and offered) as days
    having count(*) > 0;
    return null;
end
$$;

-- What else terms say, such as what is refunded, changes no room.
create trigger offerings_change_room
after update of terms, persons_per_unit on offerings
for each row when (
    (
        old.terms -> 'options', old.terms -> 'joins', old.terms -> 'seating', old.persons_per_unit
    ) is distinct from (
        new.terms -> 'options', new.terms -> 'joins', new.terms -> 'seating', new.persons_per_unit
    )
)
execute function note_days_of_changed_offering();

select note_offering_days(array_agg(offering_id), array_agg(day))
from (select distinct offering_id, day from slots where offered) as known
having count(*) > 0;
