"""What must be true of the platform's data whenever it is at rest, as SQL that finds what is not.

Each statement returns one line of text for each violation, and nothing else. They are run as the
owner of all schemas and read across them, which no service may. `docs/reliability.md` has the
promises behind them.
"""

import email
import re
from collections.abc import Sequence
from dataclasses import dataclass
from email import policy
from functools import cache
from pathlib import Path
from typing import Any, Final

import asyncpg

from shared.contracts.subscriptions import SUBSCRIPTIONS

I1_SEATS: Final = """
with claimed as (
    select claim.pool_id, sum(claim.quantity) as quantity
    from bookings.order_lines, unnest(pool_ids, quantities) as claim (pool_id, quantity)
    where claim_state in ('held', 'kept')
    group by claim.pool_id
)
select format('pool %s: %s taken, %s claimed', id, taken, coalesce(claimed.quantity, 0))
from bookings.pools
left join claimed on claimed.pool_id = pools.id
where taken <> coalesce(claimed.quantity, 0)
union all
select format('pool %s: %s taken of %s, at most %s', id, taken, capacity, ceiling)
from bookings.pools
where taken > ceiling or (ceiling > capacity and ceiling > taken)
"""
"""Never oversold, never leaked: what is taken of a pool is the sum of the live claims on it.

More than the capacity may be taken only where the capacity was lowered afterwards; then the
ceiling is what is still taken, and sinks with it.
"""

I2_TOTALS: Final = """
select format('order %s: total %s, lines %s', code, total_fen, sum(price_fen))
from bookings.orders
left join bookings.order_lines using (order_id)
group by order_id
having total_fen is distinct from sum(price_fen)
"""
"""An order costs what its lines cost, and has at least one."""

I3_TICKETS: Final = """
select format('line %s: claims %s in an order that is %s', line_id, claim_state, state)
from bookings.order_lines
join bookings.orders using (order_id)
where claim_state <> case
    when state = 'held' then 'held'
    when state in ('cancelled', 'expired') then 'released'
    else 'kept'
end
union all
select format('line %s: %s tickets for %s people', line_id, units, persons)
from bookings.order_lines
where (kind = 'session' and units <> persons) or units > persons
union all
select format('ticket %s of line %s: checked in, of %s', ordinal, line_id, units)
from bookings.check_ins
join bookings.order_lines using (line_id)
join bookings.orders using (order_id)
where ordinal > units or state not in ('confirmed', 'completed')
union all
select format('line %s: %s people came, %s booked', line_id, sum(came.persons), booked.persons)
from bookings.check_ins as came
join bookings.order_lines as booked using (line_id)
group by line_id, booked.persons
having sum(came.persons) > booked.persons
"""
"""A confirmed order has one ticket for each person or unit, any other order has none that is valid.

Tickets are derived from lines: the first `units` ordinals of a kept line are valid.
"""

I4_NOTICES: Final = """
with seen as (
    select order_code, kind, count(*) as letters
    from unnest($1::text[], $2::uuid[]) as letter (order_code, delivery_id)
    left join notifications.deliveries on deliveries.id = letter.delivery_id
    group by order_code, kind
)
select format('order %s, confirmed: %s letters', code, coalesce(letters, 0))
from bookings.orders
left join seen on seen.order_code = code and seen.kind = 'order_confirmed'
where confirmed_at is not null and letters is distinct from 1
union all
select format('order %s, cancelled: %s letters', code, coalesce(letters, 0))
from bookings.orders
left join seen on seen.order_code = code and seen.kind = 'order_cancelled'
where state = 'cancelled' and confirmed_at is not null and letters is distinct from 1
union all
select format('order %s: a letter about it that nobody owed (%s)', seen.order_code, seen.kind)
from seen
left join bookings.orders on code = seen.order_code
where coalesce(confirmed_at is null, true) or seen.kind is null
"""
"""One confirmation for each confirmed order, as the mail server saw it; the same for cancellations.

Parameters: for each letter the code of the order that it speaks of and the id of its delivery.
"""

I5_EVENTS: Final = """
with event as (
    select 'accounts' as service, * from accounts.outbox
    union all select 'venues', * from venues.outbox
    union all select 'bookings', * from bookings.outbox
    union all select 'notifications', * from notifications.outbox
    union all select 'statistics', * from statistics.outbox
),
heard as (
    select consumer, event_id from bookings.inbox
    union all select consumer, event_id from notifications.inbox
    union all select consumer, event_id from statistics.inbox
),
dead as (
    select consumer, event_id from bookings.dead_letters
    union all select consumer, event_id from notifications.dead_letters
    union all select consumer, event_id from statistics.dead_letters
)
select format('%s %s of %s: not sent', event.type, event.id, service)
from event where sent_at is null
union all
select format('%s %s of %s: unknown to %s', event.type, event.id, service, subscription.consumer)
from event
join unnest($1::text[], $2::text[]) as subscription (consumer, type) using (type)
where not exists (
    select from heard where consumer = subscription.consumer and event_id = event.id
) and not exists (
    select from dead where consumer = subscription.consumer and event_id = event.id
)
union all
select format('an event %s that nobody sent: known to %s', event_id, consumer)
from heard where not exists (select from event where event.id = heard.event_id)
union all
select format('a dead letter %s of %s', event_id, consumer) from dead
union all
select format('%s %s: %s events, the last is version %s', topic, subject, count(*), max(version))
from event
group by topic, subject
having max(version) - min(version) + 1 <> count(*)
"""
"""What was told is what was heard: no event is lost, invented, unreadable or out of its order.

Parameters: who has to hear which type of event, as two arrays. Holds for the seven days that an
outbox keeps what it has sent.
"""

I6_STATISTICS: Final = """
with came as (
    select line_id, sum(persons) as persons from bookings.check_ins group by line_id
), visit as (
    select village_id, venue_id, kind, day, line.persons, coalesce(came.persons, 0) as arrived
    from bookings.order_lines as line
    join bookings.orders using (order_id)
    left join came using (line_id)
    where state in ('confirmed', 'completed', 'no_show')
    union all
    select village_id, venue_id, kind, day, persons, arrived
    from bookings.past_visits
    join bookings.offerings using (offering_id)
), fact as (
    select village_id, venue_id, kind, day, sum(persons) as booked, sum(arrived) as arrived
    from visit
    group by village_id, venue_id, kind, day
), told as (
    select village_id, venue_id, kind, day, booked, arrived
    from statistics.visits_daily
    where booked > 0 or arrived > 0
)
select format('%s at venue %s on %s: booked %s, told %s; arrived %s, told %s', kind, venue_id, day,
              fact.booked, told.booked, fact.arrived, told.arrived)
from fact
full join told using (village_id, venue_id, kind, day)
where (fact.booked, fact.arrived) is distinct from (told.booked, told.arrived)
"""
"""The office's figures are what bookings' own tables say."""

_CODE: Final = re.compile(r"\b[0-9A-Z]{4}-[0-9A-Z]{4}\b")
_DELIVERY: Final = re.compile(r"^<([0-9a-f-]{36})@")


@dataclass(frozen=True, slots=True)
class OrderLetter:
    """A letter about an order, as the mail server took it."""

    order_code: str
    delivery_id: str


def order_letters(inbox: Path) -> list[OrderLetter]:
    """Return the letters about orders in the mail catcher's folder, each as often as it came."""
    found = (_read(path) for path in sorted(inbox.glob("*.eml")))
    return [letter for letter in found if letter is not None]


@cache  # what was caught does not change, and is looked at again and again
def _read(path: Path) -> OrderLetter | None:
    letter = email.message_from_bytes(path.read_bytes(), policy=policy.default)
    code = _CODE.search(str(letter["Subject"]))
    delivery = _DELIVERY.match(str(letter["Message-ID"]))
    return OrderLetter(code[0], delivery[1]) if code and delivery else None


async def violations(
    conn: asyncpg.Connection, letters: Sequence[OrderLetter]
) -> dict[str, list[str]]:
    """Return what is wrong, by the name of the promise that is broken; empty where all is well.

    All statements must see the same moment: call it in a transaction that is repeatable read.
    """
    subscriptions = [
        (consumer, event.event_type)
        for consumer, events in SUBSCRIPTIONS.items()
        for event in events
    ]
    asked: dict[str, tuple[Any, ...]] = {
        "I1": (I1_SEATS,),
        "I2": (I2_TOTALS,),
        "I3": (I3_TICKETS,),
        "I4": (
            I4_NOTICES,
            [letter.order_code for letter in letters],
            [letter.delivery_id for letter in letters],
        ),
        "I5": (I5_EVENTS, *(list(column) for column in zip(*subscriptions, strict=True))),
        "I6": (I6_STATISTICS,),
    }
    found = {name: [row[0] for row in await conn.fetch(*q)] for name, q in asked.items()}
    return {name: lines for name, lines in found.items() if lines}
