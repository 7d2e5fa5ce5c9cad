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
-- left of them. `parties[i]` can be booked until `until[i]`; the latest come first, and an earlier
-- one is only here if it has room for more. What the venue, the village and the district can carry
-- that day is not in it.
create table offering_days (
    offering_id uuid not null,
    day date not null,
    until timestamptz[] not null default '{}',
    parties integer[] not null default '{}',
    constraint offering_days_pkey primary key (day, offering_id),
    constraint offering_days_pairs check (cardinality(until) = cardinality(parties))
);

-- Room for a party in the slots of some offerings' days, from what is known now. A stay has as many
-- of its pitches of one type as are left. A table, or tables that are pushed together, must be free
-- for the whole seating of as many people as it seats. All else has its places.
create function room_in_slots(offering_ids uuid[], wanted_days date[])
returns table (offering_id uuid, day date, until timestamptz, party integer)
language sql stable
set search_path from current
as $$
    with offered as (
        select
            o.offering_id, o.kind, o.terms, o.persons_per_unit, s.slot_id, s.day, s.starts_at,
            s.ends_at, s.capacity, s.parts
        from unnest(offering_ids, wanted_days) as wanted (offering_id, day)
        join offerings o on o.offering_id = wanted.offering_id
        join slots s on s.offering_id = wanted.offering_id and s.day = wanted.day
        where s.offered
    ),
    parts as (
        select
            slot_id,
            part.option,
            coalesce(known.places_left, part.capacity) as places_left
        from offered
        cross join lateral (
            select '' as option, offered.capacity as capacity
            where offered.parts = '[]'
            union all
            select listed ->> 'option', (listed -> 'capacity')::integer
            from jsonb_array_elements(offered.parts) as listed
        ) as part
        left join place_projections known
            on known.subject_id = offered.slot_id
            and known.day = offered.day
            and known.option = part.option
    ),
    -- What seats people: an option of its own, or tables that are pushed together.
    seats as (
        select
            of_terms.offering_id, of_terms.seat, of_terms.persons, needed.option,
            count(*)::integer as units
        from (
            select
                distinct_terms.offering_id, 'option ' || (unit ->> 'code') as seat,
                (unit -> 'persons')::integer as persons, jsonb_build_array(unit -> 'code') as options
            from (select distinct offering_id, terms from offered) as distinct_terms
            cross join lateral jsonb_array_elements(distinct_terms.terms -> 'options') as unit
            union all
            select
                distinct_terms.offering_id, 'join ' || place, (joined -> 'persons')::integer,
                joined -> 'options'
            from (select distinct offering_id, terms from offered) as distinct_terms
            cross join lateral jsonb_array_elements(distinct_terms.terms -> 'joins')
                with ordinality as pushed (joined, place)
        ) as of_terms
        cross join lateral jsonb_array_elements_text(of_terms.options) as needed (option)
        group by of_terms.offering_id, of_terms.seat, of_terms.persons, needed.option
    ),
    quarters as (
        select
            offered.offering_id, offered.day, offered.starts_at, seats.seat, seats.persons,
            bool_and(coalesce(parts.places_left, 0) >= seats.units) as is_free,
            coalesce(
                (
                    select (step -> 'minutes')::integer
                    from jsonb_array_elements(offered.terms -> 'seating') with ordinality
                        as steps (step, place)
                    order by
                        (step -> 'up_to_persons')::integer < seats.persons,
                        case when (step -> 'up_to_persons')::integer < seats.persons then -place
                             else place end
                    limit 1
                ),
                90
            ) / 15 as length
        from offered
        join seats on seats.offering_id = offered.offering_id
        left join parts on parts.slot_id = offered.slot_id and parts.option = seats.option
        where offered.kind = 'table'
        group by
            offered.offering_id, offered.day, offered.starts_at, offered.terms, seats.seat,
            seats.persons
    ),
    -- Free quarters that follow each other have the same difference between time and place.
    runs as (
        select
            offering_id, day, starts_at, persons, length, seat,
            starts_at - interval '15 minutes' * row_number() over (
                partition by offering_id, day, seat order by starts_at
            ) as run
        from quarters
        where is_free
    ),
    seatings as (
        select
            offering_id, day, persons, length, starts_at,
            count(*) over (
                partition by offering_id, day, seat, run
                order by starts_at desc
            ) as free_from_here
        from runs
    )
    select offering_id, day, starts_at, persons
    from seatings
    where free_from_here >= length
    union all
    select
        offered.offering_id,
        offered.day,
        case offered.kind
            when 'stay' then (offered.day + 1)::timestamp at time zone 'Asia/Shanghai'
            when 'entry' then offered.ends_at
            else offered.starts_at
        end,
        parts.places_left * case
            when offered.kind = 'stay'
                then coalesce(
                    (
                        select (unit -> 'persons')::integer
                        from jsonb_array_elements(offered.terms -> 'options') as unit
                        where unit ->> 'code' = parts.option
                    ),
                    offered.persons_per_unit,
                    1
                )
            else 1
        end
    from offered
    join parts using (slot_id)
    where offered.kind <> 'table'
$$;

-- Writes those days anew. Each day's row is locked before anything is counted, so that of two
-- transactions the later one counts what the earlier one changed.
create function note_offering_days(offering_ids uuid[], wanted_days date[]) returns void
language plpgsql
set search_path from current
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
        where found.party > 0
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
                0
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

create function note_day_of_known_places() returns trigger
language plpgsql
set search_path from current
as $$
declare
    slot record;
begin
    select offering_id, day into slot from slots where slot_id = new.subject_id;
    if found then
        perform note_offering_days(array[slot.offering_id], array[slot.day]);
    end if;
    return null;
end
$$;

create trigger place_projections_change_room
after insert or update on place_projections
for each row when (new.scope = 'slot')
execute function note_day_of_known_places();

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

create trigger offerings_change_room
after update of terms, persons_per_unit on offerings
for each row when (
    (old.terms, old.persons_per_unit) is distinct from (new.terms, new.persons_per_unit)
)
execute function note_days_of_changed_offering();

select note_offering_days(array_agg(offering_id), array_agg(day))
from (select distinct offering_id, day from slots where offered) as known
having count(*) > 0;
