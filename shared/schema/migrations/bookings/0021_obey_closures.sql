-- Closures: what is shut sells nothing from the moment in which it was heard of, whatever anybody
-- remembers of it (docs/domain.md rule 9).

-- As venues told it. Nothing here refers to what is shut: it may be published later.
create table closures (
    closure_id uuid primary key,
    ordered_by text not null
        constraint closures_ordered_by_check check (ordered_by in ('operator', 'office')),
    organisation_id uuid,
    village_ids uuid[] not null,
    venue_ids uuid[] not null,
    -- Of what lies there only these; all of it where none are named.
    offering_ids uuid[] not null,
    kinds text[] not null,
    closed_from timestamptz not null,
    closed_until timestamptz not null,
    cause text not null,
    -- What happens to orders that stand.
    orders text not null constraint closures_orders_check check (orders in ('cancel', 'keep')),
    reason jsonb not null,
    -- By the clock, when all that it shuts was locked: nothing was sold afterwards.
    obeyed_at timestamptz not null default clock_timestamp(),
    -- When all lines that it meets had been looked at.
    done_at timestamptz,
    constraint closures_time_check check (closed_until > closed_from),
    constraint closures_places_check check (village_ids <> '{}' or venue_ids <> '{}')
);

create index closures_closed_until_index on closures (closed_until);
create index closures_undone_index on closures (obeyed_at) where done_at is null;

-- What was opened again of them. It may be heard of before its closure is.
create table closure_lifts (
    closure_id uuid not null,
    version integer not null,
    village_ids uuid[] not null,
    venue_ids uuid[] not null,
    kinds text[] not null,
    open_from timestamptz not null,
    obeyed_at timestamptz not null default clock_timestamp(),
    constraint closure_lifts_pkey primary key (closure_id, version)
);

-- Whether a closure shuts something that takes place somewhere, at some time.
create function closure_covers(
    closure closures,
    village uuid,
    venue uuid,
    offering uuid,
    kind_of_it text,
    begins timestamptz,
    ends timestamptz
)
returns boolean
language sql stable
return (
    closure.closed_from < ends
    and closure.closed_until > begins
    and (village = any (closure.village_ids) or venue = any (closure.venue_ids))
    and (closure.offering_ids = '{}' or offering = any (closure.offering_ids))
    -- Whose kind is not known yet is rather not sold.
    and (closure.kinds = '{}' or coalesce(kind_of_it = any (closure.kinds), true))
    and not exists (
        select 1
        from closure_lifts as lift
        where lift.closure_id = closure.closure_id
            and lift.open_from <= begins
            and (
                (lift.village_ids = '{}' and lift.venue_ids = '{}')
                or village = any (lift.village_ids)
                or venue = any (lift.venue_ids)
            )
            and (lift.kinds = '{}' or kind_of_it = any (lift.kinds))
    )
);

alter table slots
    add column kind text
        constraint slots_kind_check check (kind in ('stay', 'table', 'session', 'entry')),
    -- Whether a closure covers it; its own pools say the same.
    add column closed boolean not null default false;

update slots
set kind = offerings.kind
from offerings
where offerings.offering_id = slots.offering_id;

create index slots_village_id_day_index on slots (village_id, day);
create index slots_venue_id_day_index on slots (venue_id, day);

alter table pools
    add column closed boolean not null default false,
    add constraint pools_closed_is_of_a_slot check (not closed or scope = 'slot');

-- As before; of what is shut nothing is left.
create or replace function places_left(pool pools) returns integer
language sql stable
return case
    when pool.closed then 0
    else greatest(
        pool.capacity - pool.taken
        - case when pool.held_back_until > now() then pool.held_back else 0 end,
        0
    )
end;

-- Whether any closure covers a slot.
create function is_covered(slot slots) returns boolean
language sql stable
return exists (
    select 1
    from closures
    where closures.closed_from < slot.ends_at
        and closures.closed_until > slot.starts_at
        and closure_covers(
            closures, slot.village_id, slot.venue_id, slot.offering_id, slot.kind,
            slot.starts_at, slot.ends_at
        )
);

-- As before; and what was planned with a slot that is shut now is planned anew, and refused.
create or replace function orders_gone_stale(lines wanted_line[], slots wanted_slot[])
returns integer[]
language sql
as $$
    select array_agg(distinct number)
    from (
        select line.number
        from unnest(lines) as line
        where (
            select true
            from offerings
            where offerings.offering_id = line.offering_id
                and offerings.edition = line.offering_version
                and offerings.on_sale
        ) is null or (
            select true
            from venues
            where venues.venue_id = line.venue_id
                and venues.version = line.venue_version
                and venues.on_sale
        ) is null
        union all
        select wanted.number
        from unnest(slots) as wanted
        where (
            select true
            from slots
            join calendar_years on calendar_years.year = extract(year from slots.day)
            where slots.slot_id = wanted.slot_id
                and slots.version = wanted.version
                and slots.on_sale
                and not slots.closed
                and slots.sold_until > now()
                and calendar_years.version = wanted.calendar_version
        ) is null
    ) as changed
$$;

-- The lines that hold places somewhere at some time, and are not over; a stay has 30 nights at most.
create function live_lines_within(
    villages uuid[],
    venue_list uuid[],
    offering_list uuid[],
    kind_list text[],
    begins timestamptz,
    ends timestamptz
)
returns setof order_lines
language sql stable
begin atomic
    select line.*
    from order_lines as line
    where line.claim_state <> 'released'
        and line.venue_id = any (
            array(
                select venue_id
                from venues
                where village_id = any (villages) or venue_id = any (venue_list)
            )
        )
        and (offering_list = '{}' or line.offering_id = any (offering_list))
        and (kind_list = '{}' or line.kind = any (kind_list))
        and line.day between (begins at time zone 'Asia/Shanghai')::date - 31
            and (ends at time zone 'Asia/Shanghai')::date
        and line.starts_at < ends
        and line.ends_at > begins
        and line.ends_at > now();
end;

-- The lines that a closure meets, and what became of each. No foreign keys: checking them for ten
-- thousand lines would lock each of these, and take longer than all the rest.
create table closed_lines (
    closure_id uuid not null,
    line_id uuid not null,
    order_id uuid not null,
    account_id uuid not null,
    -- found: to be called off. begun: somebody is there, so people have to see to it. gone: it had
    -- left by itself.
    state text not null default 'found'
        constraint closed_lines_state_check check (state in ('found', 'cancelled', 'begun', 'gone')),
    refund_fen bigint not null default 0
        constraint closed_lines_refund_fen_check check (refund_fen >= 0),
    constraint closed_lines_pkey primary key (line_id, closure_id),
    constraint closed_lines_refund_is_of_cancelled check (refund_fen = 0 or state = 'cancelled')
);

create index closed_lines_found_index on closed_lines (closure_id, account_id, order_id)
where state = 'found';
create index closed_lines_account_id_index on closed_lines (closure_id, account_id);

-- Who has to be told of a closure, once, and whether they said that they know.
create table closure_notices (
    notice_id uuid primary key,
    closure_id uuid not null
        constraint closure_notices_closure_id_fkey references closures (closure_id),
    account_id uuid not null,
    order_id uuid not null,
    told_at timestamptz not null default now(),
    acknowledged_at timestamptz,
    constraint closure_notices_once unique (closure_id, account_id)
);

create index closure_notices_account_id_index on closure_notices (account_id);

-- Money for what was shut in the meantime goes back.
alter table refunds
    drop constraint refunds_cause_check,
    add constraint refunds_cause_check
        check (
            cause in (
                'visitor', 'operator', 'disaster', 'changed', 'too_late', 'paid_twice',
                'wrong_amount', 'closed'
            )
        );
