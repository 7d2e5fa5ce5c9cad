"""What a closure would touch: figures about slots, orders, people and money, and nobody's name."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from services.bookings.domain.cancellation import IN_ADVANCE
from shared.contracts.terms import OfferingKind
from shared.db import Connection, fetch_all, fetch_one

# The arguments of all: villages, venues, offerings, kinds, from, until. What begins in the evening
# ends on the next day.
COUNT_SLOTS: Final = """
select
    count(distinct venue_id) as venues,
    count(distinct offering_id) as offerings,
    count(*) as slots
from slots
where (village_id = any ($1::uuid[]) or venue_id = any ($2::uuid[]))
    and ($3::uuid[] = '{}' or offering_id = any ($3))
    and ($4::text[] = '{}' or coalesce(kind = any ($4), true))
    and day between ($5::timestamptz at time zone 'Asia/Shanghai')::date - 1
        and ($6::timestamptz at time zone 'Asia/Shanghai')::date
    and starts_at < $6
    and ends_at > $5
    and on_sale
    and not closed
    and sold_until > now()
"""

# A line that waits for the payment of a change is counted with the one that it is to replace.
COUNT_ORDERS: Final = """
with touched as (
    select
        line.order_id, orders.account_id, line.persons,
        line.starts_at <= now() or exists (
            select 1 from check_ins where check_ins.line_id = line.line_id
        ) as has_begun,
        case when orders.payment_method = any ($7::text[]) then line.price_fen else 0 end
            as paid_fen
    from live_lines_within($1, $2, $3, $4, $5, $6) as line
    join orders using (order_id)
    where line.held_until is null and orders.state in ('held', 'confirmed')
)
select
    count(distinct order_id) as orders,
    count(*) as lines,
    count(*) filter (where has_begun) as begun,
    coalesce(
        (
            select sum(people)
            from (select max(persons) as people from touched group by order_id) as party
        ),
        0
    )::bigint as people,
    count(distinct account_id) as accounts,
    coalesce(sum(paid_fen) filter (where not has_begun), 0)::bigint as refund_fen,
    now() as counted_at
from touched
"""

COUNT_BY_VILLAGE: Final = """
select
    village_id,
    count(*) as parties,
    coalesce(sum(people), 0)::bigint as people
from (
    select line.village_id, line.order_id, max(line.persons) as people
    from live_lines_within($1, $2, $3, $4, $5, $6) as line
    join orders using (order_id)
    where line.held_until is null and orders.state in ('held', 'confirmed')
    group by line.village_id, line.order_id
) as party
group by village_id
order by village_id
"""

# Whatever the closure's time is: these people are there when it is ordered.
COUNT_SLEEPING: Final = """
select coalesce(sum(persons), 0)::bigint
from live_lines_within($1, $2, $3, $4, now(), now() + interval '1 day') as line
join orders using (order_id)
where line.claim_state = 'kept'
    and orders.state = 'confirmed'
    and line.kind = 'stay'
    and line.day <= (now() at time zone 'Asia/Shanghai')::date
    and line.day + line.nights > (now() at time zone 'Asia/Shanghai')::date
"""


@dataclass(frozen=True, slots=True)
class Scope:
    """What would be shut."""

    village_ids: tuple[UUID, ...]
    venue_ids: tuple[UUID, ...]
    offering_ids: tuple[UUID, ...]
    kinds: tuple[OfferingKind, ...]
    closed_from: datetime
    closed_until: datetime


@dataclass(frozen=True, slots=True)
class SlotCounts:
    """What would be sold no more."""

    venues: int
    offerings: int
    slots: int


@dataclass(frozen=True, slots=True)
class OrderCounts:
    """What was sold already."""

    orders: int
    lines: int
    begun: int
    people: int
    accounts: int
    refund_fen: int
    counted_at: datetime


@dataclass(frozen=True, slots=True)
class VillageCounts:
    """What was sold in a village."""

    village_id: UUID
    parties: int
    people: int


@dataclass(frozen=True, slots=True)
class Counts:
    """All that a closure would touch."""

    slots: SlotCounts
    orders: OrderCounts
    villages: list[VillageCounts]
    sleeping_tonight: int


async def count(conn: Connection, scope: Scope) -> Counts:
    """Count what a closure would touch, by the database's clock."""
    where = (scope.village_ids, scope.venue_ids, scope.offering_ids, scope.kinds)
    when = (scope.closed_from, scope.closed_until)
    return Counts(
        slots=await fetch_one(conn, SlotCounts, COUNT_SLOTS, *where, *when),
        orders=await fetch_one(conn, OrderCounts, COUNT_ORDERS, *where, *when, list(IN_ADVANCE)),
        villages=await fetch_all(conn, VillageCounts, COUNT_BY_VILLAGE, *where, *when),
        sleeping_tonight=await conn.fetchval(COUNT_SLEEPING, *where),
    )
