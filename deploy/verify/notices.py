"""I4, notices: one letter for each thing that somebody is told, as the mail server saw it."""

import email
import re
from dataclasses import dataclass
from email import policy
from functools import cache
from pathlib import Path
from typing import Final

# Parameters: for each letter the code of the order that it speaks of and the id of its delivery.
LETTERS: Final = """
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
where code is null
    or seen.kind is null
    or (seen.kind in ('order_confirmed', 'order_cancelled') and confirmed_at is null)
"""

COUNT: Final = """
select
    (select count(*) from unnest($1::text[], $2::uuid[])) as letters,
    count(*) filter (where confirmed_at is not null) as confirmed_orders
from bookings.orders
"""

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


def without_repetitions(letters: list[OrderLetter]) -> list[OrderLetter]:
    """Return each letter once: mailboxes show one with a known Message-ID as the same letter.

    A sender or mail server that is killed between the letter and its receipt sends it again.
    """
    return list(dict.fromkeys(letters))


@cache  # what was caught does not change, and is looked at again and again
def _read(path: Path) -> OrderLetter | None:
    letter = email.message_from_bytes(path.read_bytes(), policy=policy.default)
    code = _CODE.search(str(letter["Subject"]))
    delivery = _DELIVERY.match(str(letter["Message-ID"]))
    return OrderLetter(code[0], delivery[1]) if code and delivery else None
