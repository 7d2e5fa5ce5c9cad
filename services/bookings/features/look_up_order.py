"""Look an order up without an account: by its code and the end of the phone number it was given."""

import hashlib
import hmac
from dataclasses import dataclass
from typing import Annotated, Final
from uuid import UUID

from aiohttp import web
from pydantic import StringConstraints

from services.bookings.gates.tickets import TicketView, tickets_of
from services.bookings.keys import CONTACT_SEALER, LOOKUP_KEY, TICKET_KEYS
from services.bookings.views import (
    OrderView,
    SealedContact,
    load_orders,
    open_contact,
    seal_contact,
)
from shared.core.errors import NotFound, TooManyRequests
from shared.core.ids import normalise_order_code
from shared.core.masking import masked_name
from shared.core.sealing import Sealer
from shared.db import Connection, fetch_first, fetch_one, transaction
from shared.http.access import may
from shared.http.client_address import client_network
from shared.http.keys import DATABASE
from shared.http.models import Body, Reply
from shared.http.route import route

# Wrong tries within an hour: of one address, and of all addresses together. Nobody locks others
# out alone, and four digits still can't be guessed: the code itself is a secret.
MOST_TRIES: Final = 5
MOST_TRIES_OF_ALL: Final = 50
# Compared where there is no number, at the same cost; no four digits are equal to it.
NOBODY: Final = SealedContact(name="-", phone="----")


class LookUpOrder(Body):
    """A code as it was read out or typed, and the last four digits of the contact's phone."""

    code: Annotated[str, StringConstraints(max_length=40)]
    phone_last_four: Annotated[str, StringConstraints(pattern=r"^[0-9]{4}$")]


class LookedUpOrder(Reply):
    """An order with its tickets; its `contact_name` is masked."""

    order: OrderView
    tickets: list[TicketView]


@dataclass(frozen=True, slots=True)
class Tries:
    """How often a code was tried in vain within the hour: from an address, and from all.

    `own_wait` and `wait` are the seconds until the counts of this address and of any go down.
    """

    own: int
    of_all: int
    own_wait: int
    wait: int


@dataclass(frozen=True, slots=True)
class Found:
    """The order with a code."""

    order_id: UUID
    contact_sealed: bytes


# Parallel tries wait here for each other, and each sees the count of the one before.
LOCK_CODE: Final = "select pg_advisory_xact_lock(hashtextextended('bookings.lookups ' || $1, 0))"

READ_TRIES: Final = """
select
    coalesce(sum(tries) filter (where address = $2), 0)::integer as own,
    coalesce(sum(tries), 0)::integer as of_all,
    coalesce(min(wait) filter (where address = $2), 1) as own_wait,
    coalesce(min(wait), 1) as wait
from (
    select
        address, tries,
        greatest(
            1, ceil(extract(epoch from window_started_at + interval '1 hour' - now()))
        )::integer as wait
    from order_lookups
    where code = $1 and window_started_at > now() - interval '1 hour'
) as counted
"""

# Only wrong tries: whoever knows the number may look as often as they like.
COUNT_TRY: Final = """
insert into order_lookups as kept (code, address, tries)
values ($1, $2, 1)
on conflict (code, address) do update
set
    tries = case
        when kept.window_started_at <= now() - interval '1 hour' then 1
        else kept.tries + 1
    end,
    window_started_at = case
        when kept.window_started_at <= now() - interval '1 hour' then now()
        else kept.window_started_at
    end
"""

FIND_BY_CODE: Final = "select order_id, contact_sealed from orders where code = $1"


@route(
    "POST",
    "/v1/order-lookups",
    access=may("order.look_up"),
    status=200,
    errors=(NotFound, TooManyRequests),
)
async def look_up_order(request: web.Request, body: LookUpOrder) -> LookedUpOrder:
    """Find an order by its code and the last four digits of its contact's phone.

    A code that no order has, wrong digits, and an order without a phone look alike: not found.
    After five wrong tries for a code within an hour from one address (of IPv6: from one network of
    64 bits), or fifty from all, the answer is 429 with Retry-After until the hour is over, whether
    such an order exists or not, also for the right digits.
    """
    code = normalise_order_code(body.code)
    if code is None:
        raise NotFound
    address = hmac.digest(request.app[LOOKUP_KEY], client_network(request).encode(), hashlib.sha256)
    async with transaction(request.app[DATABASE]) as conn:
        await _check_tries(conn, code, address)
        found = await _find(request.app, conn, code, body.phone_last_four)
        if found is None:
            await conn.execute(COUNT_TRY, code, address)
    if found is None:
        raise NotFound
    return found


async def _check_tries(conn: Connection, code: str, address: bytes) -> None:
    await conn.execute(LOCK_CODE, code)
    tries = await fetch_one(conn, Tries, READ_TRIES, code, address)
    if tries.own < MOST_TRIES and tries.of_all < MOST_TRIES_OF_ALL:
        return
    wait = tries.own_wait if tries.own >= MOST_TRIES else tries.wait
    raise TooManyRequests(headers={"Retry-After": str(wait)}, retry_after_seconds=wait)


async def _find(
    app: web.Application, conn: Connection, code: str, digits: str
) -> LookedUpOrder | None:
    found = await fetch_first(conn, Found, FIND_BY_CODE, code)
    is_right = hmac.compare_digest(_last_four(found, app[CONTACT_SEALER]), digits.encode())
    if found is None or not is_right:
        return None
    [order] = await load_orders(conn, app[CONTACT_SEALER], [found.order_id])
    shown = order.model_copy(update={"contact_name": masked_name(order.contact_name)})
    return LookedUpOrder(order=shown, tickets=await tickets_of(conn, order, app[TICKET_KEYS]))


def _last_four(found: Found | None, sealer: Sealer) -> bytes:
    """Return the end of the contact's number; where there is none, of nobody's, as slowly."""
    sealed = found.contact_sealed if found else seal_contact(NOBODY, sealer)
    phone = open_contact(sealed, sealer).phone or NOBODY.phone or ""
    return phone[-4:].encode()
