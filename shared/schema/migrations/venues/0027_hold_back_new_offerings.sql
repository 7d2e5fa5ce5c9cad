-- What is added to a venue that was approved needs the office's approval, too (docs/domain.md
-- rule 15): until it has that, it is off sale, whatever happens to its venue.
alter table offerings
    add column held_back boolean not null default false,
    add constraint offerings_held_back_are_off_sale check (not (held_back and published));

-- Whoever finds a venue by what it offers finds it by what can be seen of it.
drop trigger offerings_words_follow on offerings;

create trigger offerings_words_follow
after update of name, description, held_back on offerings
for each row when (
    (old.name, old.description, old.held_back)
    is distinct from (new.name, new.description, new.held_back)
)
execute function note_stale_venue_words();

-- As before, but that what is held back needs no permit yet.
create or replace function event_permits_needed(venue uuid, today date)
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
        and not o.held_back
        and day.visitors >= 1000
        and coalesce(day.until >= today, true)
    group by o.offering_id, o.event_permit_number;
end;

-- As before, but that what is held back needs no licence yet, and so takes nothing off sale.
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
        where o.venue_id = venue and not o.held_back
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
