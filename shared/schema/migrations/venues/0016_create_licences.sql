-- What a venue's operator must be allowed to do, the papers that say so, and what follows from a
-- paper's last day (docs/domain.md rule 15). Days are those of the villages (Asia/Shanghai).

alter table offerings
    -- How many people the busiest day of an entry is expected to bring.
    add column expected_visitors integer,
    -- The number of the permit for a large event.
    add column event_permit_number text,
    add constraint offerings_expected_visitors_in_range check (
        expected_visitors between 1 and 1000000
    ),
    add constraint offerings_expected_visitors_fit_kind check (
        kind = 'entry' or (expected_visitors is null and event_permit_number is null)
    ),
    add constraint offerings_event_permit_number_has_a_length check (
        length(event_permit_number) between 1 and 60
    ),
    -- Whatever the code forgets: a large event is not on sale without the number of its permit.
    add constraint offerings_large_events_have_a_permit_number check (
        not published or coalesce(expected_visitors, 0) < 1000 or event_permit_number is not null
    );

-- Which licences an offering of a kind needs, besides the business licence of every venue.
create table licence_rules (
    offering_kind text not null,
    licence_kind text not null,
    constraint licence_rules_pkey primary key (offering_kind, licence_kind)
);

insert into licence_rules (offering_kind, licence_kind)
values ('table', 'food'), ('stay', 'fire'), ('stay', 'camping_filing');

create table licences (
    licence_id uuid primary key,
    venue_id uuid not null,
    kind text not null,
    number text not null,
    issued_by text not null,
    valid_from date not null,
    -- The last day on which it holds.
    valid_until date not null,
    -- SHA-256 of its document in the storage, and what the document is.
    document_digest text,
    document_type text,
    state text not null default 'waiting',
    refused_because text,
    entered_by uuid not null,
    entered_at timestamptz not null,
    decided_by uuid,
    decided_at timestamptz,
    -- Stays when the office takes a confirmation back: the venue relied on it once.
    confirmed_at timestamptz,
    -- Counts edits, so that the office decides about what it has read.
    edit_version integer not null default 1,
    event_version integer not null default 0,
    constraint licences_venue_exists foreign key (venue_id) references venues,
    constraint licences_kind_is_known check (
        kind in ('business', 'food', 'fire', 'camping_filing', 'event_permit')
    ),
    constraint licences_number_has_a_length check (length(number) between 1 and 60),
    constraint licences_issuer_has_a_length check (length(issued_by) between 1 and 120),
    constraint licences_last_day_is_not_before_first check (valid_until >= valid_from),
    constraint licences_document_is_a_digest check (document_digest ~ '^[0-9a-f]{64}$'),
    constraint licences_document_has_a_type check (
        (document_digest is null) = (document_type is null)
        and document_type in ('application/pdf', 'image/jpeg', 'image/png')
    ),
    constraint licences_state_is_known check (state in ('waiting', 'confirmed', 'refused')),
    constraint licences_refused_for_a_reason check (
        (state = 'refused') = (refused_because is not null)
    ),
    constraint licences_reason_has_a_length check (length(refused_because) between 1 and 2000),
    constraint licences_decided_by_somebody check (
        (state = 'waiting') = (decided_by is null) and (decided_by is null) = (decided_at is null)
    ),
    constraint licences_confirmed_at_some_time check (
        state <> 'confirmed' or confirmed_at is not null
    ),
    constraint licences_versions_count_up check (edit_version >= 1 and event_version >= 0)
);

-- A refused one may be entered again, with what was wrong put right.
create unique index licences_number_is_unique
on licences (venue_id, kind, number, valid_until)
where state <> 'refused';

create index licences_by_last_day on licences (valid_until, licence_id);

-- Confirming and refusing go forward only: a refused licence is entered again as another one.
create function refuse_unknown_licence_steps() returns trigger
language plpgsql
set search_path from current
as $$
begin
    if tg_op = 'INSERT' and new.state = 'waiting' then
        return new;
    end if;
    if tg_op = 'UPDATE' and (
        new.state = old.state
        or (old.state = 'waiting' and new.state in ('confirmed', 'refused'))
        or (old.state = 'confirmed' and new.state = 'refused')
    ) then
        return new;
    end if;
    raise exception 'a licence does not become % from here', new.state
        using errcode = 'check_violation', constraint = 'licences_state_follows_its_life';
end
$$;

create trigger licences_state_follows_its_life
before insert or update of state on licences
for each row execute function refuse_unknown_licence_steps();

-- Which warnings a licence's people were told: so many days before its last one, 0 once it is over.
create table licence_warnings (
    licence_id uuid not null,
    days integer not null,
    warned_at timestamptz not null,
    constraint licence_warnings_pkey primary key (licence_id, days),
    constraint licence_warnings_licence_exists foreign key (licence_id) references licences,
    constraint licence_warnings_days_are_known check (days in (30, 10, 1, 0))
);

-- Who of the office opened a licence's document, and when.
create table licence_document_reads (
    read_id bigint generated always as identity,
    licence_id uuid not null,
    document_digest text not null,
    read_by uuid not null,
    read_at timestamptz not null,
    constraint licence_document_reads_pkey primary key (read_id),
    constraint licence_document_reads_licence_exists
    foreign key (licence_id) references licences
);

create index licence_document_reads_of_licence on licence_document_reads (licence_id, read_id);

revoke update, delete on licence_document_reads from venues;

-- Off sale by itself, while a licence that it needs is over.
alter table venues
    add column licence_suspended_at timestamptz,
    add constraint venues_suspended_is_published check (
        licence_suspended_at is null or state = 'published'
    );

-- Whatever takes it off sale otherwise ends the suspension: to come back it needs its licences.
create function end_licence_suspension() returns trigger
language plpgsql
set search_path from current
as $$
begin
    new.licence_suspended_at := null;
    return new;
end
$$;

create trigger venues_suspension_ends_with_sale
before update of state on venues
for each row when (new.state <> 'published' and new.licence_suspended_at is not null)
execute function end_licence_suspension();

-- The licences that a venue needs on a day and does not have. `held_before` says whether the
-- office confirmed one of the kind that has begun. The permit of an event has to hold until the
-- last day of the event's schedule, and is needed until then, or as long as there is no schedule:
-- slots that are made as their days come near need nothing that was not asked for when the schedule
-- was set. `number` says which permit is meant; any licence of the other kinds will do, and it is
-- null.
create function licence_gaps(venue uuid, today date)
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
        select
            'event_permit' as kind,
            coalesce(o.event_permit_number, '') as number,
            max(s.last_day) as until
        from offerings o
        left join schedules s on s.offering_id = o.offering_id
        where
            o.venue_id = venue
            and o.expected_visitors >= 1000
            and (s.last_day is null or s.last_day >= today)
        group by o.event_permit_number
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
                and l.valid_from <= today
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

-- What every publishing needs, whichever code does it: a confirmed paper of each kind. Whether it
-- holds today is asked by the service, whose clock it is.
create function refuse_publishing_without_licences() returns trigger
language plpgsql
set search_path from current
as $$
begin
    if exists (select from licence_gaps(new.venue_id, 'infinity') where not held_before) then
        raise exception 'venue % lacks a confirmed licence', new.venue_id
            using errcode = 'check_violation', constraint = 'venues_published_with_licences';
    end if;
    return new;
end
$$;

create trigger venues_published_with_licences
before update of state on venues
for each row when (new.state = 'published' and old.state <> 'published')
execute function refuse_publishing_without_licences();
