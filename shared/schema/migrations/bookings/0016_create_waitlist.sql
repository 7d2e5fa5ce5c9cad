-- Parties that wait for what is full: the first that fits is offered places, and nobody is passed
-- over without a reason that they can see (docs/domain.md rule 10).

create table waitlist_entries (
    entry_id uuid primary key,
    -- The fair order: who joined first stands first, for good.
    place bigint generated always as identity constraint waitlist_entries_place_key unique,
    account_id uuid not null,
    offering_id uuid not null,
    tickets jsonb not null,
    option text,
    persons integer not null constraint waitlist_entries_persons_check check (persons > 0),
    -- Gone as soon as nobody needs it.
    contact_sealed bytea,
    -- Whether it goes on waiting after an offer that it did not take.
    keep_waiting boolean not null,
    -- The second confirmation for what can't be refunded.
    accepts_no_refund boolean not null,
    state text not null default 'waiting'
        constraint waitlist_entries_state_check
        check (
            state in (
                'waiting', 'offered', 'taken', 'withdrawn', 'refused', 'lapsed', 'too_late'
            )
        ),
    -- The order that holds the offered places, or the taken ones.
    order_id uuid
        constraint waitlist_entries_order_id_fkey references orders (order_id)
        constraint waitlist_entries_order_id_key unique,
    joined_at timestamptz not null default now(),
    ended_at timestamptz,
    -- Counts what was told of it.
    version integer not null default 0,
    constraint waitlist_entries_order_check
        check ((state in ('offered', 'taken')) = (order_id is not null)),
    constraint waitlist_entries_ended_at_check
        check ((state in ('waiting', 'offered')) = (ended_at is null)),
    constraint waitlist_entries_contact_check check ((contact_sealed is null) <> (ended_at is null))
);

create index waitlist_entries_account_id_index on waitlist_entries (account_id, entry_id desc);
create index waitlist_entries_live_index on waitlist_entries (place) where ended_at is null;

-- What a party would take, best liked first: a beginning, or a day and nights.
create table waitlist_wishes (
    entry_id uuid not null
        constraint waitlist_wishes_entry_id_fkey references waitlist_entries (entry_id),
    position smallint not null,
    -- As the entry has them, so that nobody stands in one line twice.
    account_id uuid not null,
    offering_id uuid not null,
    starts_at timestamptz,
    first_day date,
    nights smallint,
    begins_at timestamptz not null,
    bookable_until timestamptz not null,
    -- What it was planned with: the offering's edition, and the sum of its slots' versions.
    edition integer not null,
    slot_ids uuid[] not null,
    slots_version bigint not null,
    -- Each way to seat or lodge the party, as it was planned: {pool: places}.
    choices jsonb not null,
    -- The most that any of them takes of one pool.
    most_places integer not null constraint waitlist_wishes_most_places_check check (most_places > 0),
    -- The pools of all choices: the wished slots' own, and with those around them.
    own_pools bigint[] not null,
    pool_ids bigint[] not null,
    -- Whether it counts in `pools.waiters`: until its entry ends, or it is too late to book it.
    registered boolean not null default true,
    constraint waitlist_wishes_pkey primary key (entry_id, position),
    constraint waitlist_wishes_time_check check (
        (starts_at is null) <> (first_day is null) and (nights is null or first_day is not null)
    ),
    constraint waitlist_wishes_pools_check check (pool_ids @> own_pools and own_pools <> '{}')
);

create unique index waitlist_wishes_stands_once
on waitlist_wishes (account_id, offering_id, begins_at, nights) nulls not distinct
where registered;
create index waitlist_wishes_pool_ids_index on waitlist_wishes using gin (pool_ids)
where registered;
create index waitlist_wishes_own_pools_index on waitlist_wishes using gin (own_pools)
where registered;
create index waitlist_wishes_bookable_until_index on waitlist_wishes (bookable_until)
where registered;
create index waitlist_wishes_offering_id_index on waitlist_wishes (offering_id, begins_at)
where registered;

-- What a party was offered, and what became of it.
create table waitlist_offers (
    order_id uuid primary key constraint waitlist_offers_order_id_fkey references orders (order_id),
    entry_id uuid not null,
    position smallint not null,
    offered_at timestamptz not null default now(),
    expires_at timestamptz not null,
    outcome text
        constraint waitlist_offers_outcome_check check (outcome in ('taken', 'refused', 'lapsed')),
    decided_at timestamptz,
    constraint waitlist_offers_wish_fkey
        foreign key (entry_id, position) references waitlist_wishes (entry_id, position),
    constraint waitlist_offers_decided_at_check check ((outcome is null) = (decided_at is null)),
    constraint waitlist_offers_expires_at_check check (expires_at > offered_at)
);

create index waitlist_offers_entry_id_index on waitlist_offers (entry_id);
create unique index waitlist_offers_one_at_a_time on waitlist_offers (entry_id)
where outcome is null;

-- Why a party was passed over: when first, when last and how often for the same reason.
create table waitlist_skips (
    entry_id uuid not null,
    position smallint not null,
    reason text not null
        constraint waitlist_skips_reason_check
        check (
            reason in (
                'party_larger_than_free', 'already_holds_offer', 'refused_lately',
                'too_many_for_account', 'not_bookable'
            )
        ),
    -- In the pool that was too short: what was free, and what the party needs.
    places_free integer,
    places_needed integer,
    first_at timestamptz not null default now(),
    last_at timestamptz not null default now(),
    times integer not null default 1,
    constraint waitlist_skips_wish_fkey
        foreign key (entry_id, position) references waitlist_wishes (entry_id, position),
    constraint waitlist_skips_one_row_per_reason
        unique nulls not distinct (entry_id, position, reason, places_free, places_needed),
    constraint waitlist_skips_places_check check (
        (reason = 'party_larger_than_free')
            = (places_free is not null and places_needed is not null)
        and places_free < places_needed
    )
);

create function refuse_illegal_waitlist_state()
returns trigger
language plpgsql
as $$
begin
    if (old.state, new.state) not in (
        ('waiting', 'offered'),
        ('waiting', 'withdrawn'),
        ('waiting', 'too_late'),
        ('offered', 'waiting'),
        ('offered', 'taken'),
        ('offered', 'withdrawn'),
        ('offered', 'refused'),
        ('offered', 'lapsed'),
        ('offered', 'too_late')
    ) then
        raise exception 'a waitlist entry cannot go from % to %', old.state, new.state
            using errcode = 'check_violation', constraint = 'waitlist_entries_state_edges';
    end if;
    return new;
end
$$;

create trigger waitlist_entries_state_edges
before update of state on waitlist_entries
for each row
when (old.state is distinct from new.state)
execute function refuse_illegal_waitlist_state();
