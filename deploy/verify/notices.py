"""I4, notices: one letter for each thing that somebody is told, as the mail server saw it."""

import email
import re
from dataclasses import dataclass
from email import policy
from functools import cache
from pathlib import Path
from typing import Final

# Parameters of all: for each letter the code of the order that its subject names, '' where that
# names none, and the id of its delivery.
ORDERS: Final = """
with seen as (
    select order_code, kind, count(*) as letters
    from unnest($1::text[], $2::uuid[]) as letter (order_code, delivery_id)
    left join notifications.deliveries on deliveries.id = letter.delivery_id
    where order_code <> ''
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
where state = 'cancelled'
    and confirmed_at is not null
    and letters is distinct from 1
    -- What a closure called off is told by a letter about the closure.
    and not exists (
        select from bookings.closed_lines
        join bookings.order_lines as line using (line_id)
        where closed_lines.order_id = orders.order_id
            and closed_lines.state = 'cancelled'
            and line.left_as is null
    )
union all
select format('order %s: a letter about it that nobody owed (%s)', seen.order_code, seen.kind)
from seen
left join bookings.orders on code = seen.order_code
where code is null
    or seen.kind is null
    or (seen.kind in ('order_confirmed', 'order_cancelled') and confirmed_at is null)
"""

# What is told of a part of an order: a line that left it, a change, a refund, an offer, a closure.
# Of a line that left or changed while its order was only held nobody is told.
PARTS: Final = """
with fact as (
    select 'line_cancelled' as kind, order_id, line_id as subject_id
    from bookings.order_lines
    join bookings.orders using (order_id)
    where left_as = 'cancelled'
        and left_at >= confirmed_at
        and not exists (
            select from bookings.closed_lines
            where closed_lines.line_id = order_lines.line_id and state = 'cancelled'
        )
    union all
    select 'closure', order_id, closure_id from bookings.closure_notices
    union all
    select 'line_changed', line.order_id, line.line_id
    from bookings.order_lines as line
    join bookings.order_lines as replaced on replaced.line_id = line.replaces_line_id
    join bookings.orders on orders.order_id = line.order_id
    where replaced.left_as = 'changed'
        and replaced.left_at >= confirmed_at
        and line.left_as is distinct from 'lapsed'
    union all
    select 'payment_refunded', order_id, refund_id from bookings.refunds where state = 'done'
    union all
    select 'waitlist_offered', order_id, entry_id from bookings.waitlist_offers
),
seen as (
    select kind, order_id, subject_id, count(*) as letters
    from unnest($1::text[], $2::uuid[]) as letter (order_code, delivery_id)
    join notifications.deliveries on deliveries.id = letter.delivery_id
    where subject_id is not null
    group by kind, order_id, subject_id
)
select format('order %s, %s of %s: %s letters, %s owed', code, kind, subject_id,
              coalesce(letters, 0), case when fact is null then 0 else 1 end)
from fact
full join seen using (kind, order_id, subject_id)
left join bookings.orders using (order_id)
where fact is null or letters is distinct from 1
"""

COUNT: Final = """
select
    (
        select count(*)
        from unnest($1::text[], $2::uuid[]) as letter (order_code, delivery_id)
        join notifications.deliveries on deliveries.id = letter.delivery_id
    ) as letters,
    count(*) filter (where confirmed_at is not null) as confirmed_orders
from bookings.orders
"""

_CODE: Final = re.compile(r"\b[0-9A-Z]{4}-[0-9A-Z]{4}\b")
_DELIVERY: Final = re.compile(r"^<([0-9a-f-]{36})@")


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter as the mail server took it; `order_code` is '' where its subject names no order."""

    order_code: str
    delivery_id: str


def caught_letters(inbox: Path) -> list[Letter]:
    """Return the letters in the mail catcher's folder, each as often as it came."""
    found = (_read(path) for path in sorted(inbox.glob("*.eml")))
    return [letter for letter in found if letter is not None]


def without_repetitions(letters: list[Letter]) -> list[Letter]:
    """Return each letter once: mailboxes show one with a known Message-ID as the same letter.

    A sender or mail server that is killed between the letter and its receipt sends it again.
    """
    return list(dict.fromkeys(letters))


@cache  # what was caught does not change, and is looked at again and again
def _read(path: Path) -> Letter | None:
    letter = email.message_from_bytes(path.read_bytes(), policy=policy.default)
    code = _CODE.search(str(letter["Subject"]))
    delivery = _DELIVERY.match(str(letter["Message-ID"]))
    return Letter(code[0] if code else "", delivery[1]) if delivery else None
