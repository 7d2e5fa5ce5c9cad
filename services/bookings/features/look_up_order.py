"""Look an order up without an account: by its code and the end of the phone number it was given."""

import hmac
from dataclasses import dataclass
from typing import Annotated, Final
from uuid import UUID

from aiohttp import web
from pydantic import StringConstraints

from services.bookings.gates.tickets import TicketView, tickets_of
from services.bookings.guesses import Secret, guessing
from services.bookings.keys import CONTACT_SEALER, TICKET_KEYS
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
from shared.db import acquire, fetch_first
from shared.http.access import may
from shared.http.client_address import client_network
from shared.http.keys import DATABASE
from shared.http.models import Body, Reply
from shared.http.route import route

# By address. Four digits can't be guessed in fifty tries of all: the code itself is a secret.
ORDER_PHONE: Final = Secret("order_phone", tries=5, tries_of_all=50, refusal=TooManyRequests)
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
class Found:
    """The order with a code."""

    order_id: UUID
    contact_sealed: bytes


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
    async with guessing(request.app, ORDER_PHONE, code, client_network(request)) as guess:
        found = await _find(request.app, code, body.phone_last_four)
        guess.right = found is not None
    if found is None:
        raise NotFound
    return found


async def _find(app: web.Application, code: str, digits: str) -> LookedUpOrder | None:
    async with acquire(app[DATABASE]) as conn:
        found = await fetch_first(conn, Found, FIND_BY_CODE, code)
        is_right = hmac.compare_digest(_last_four(found, app[CONTACT_SEALER]), digits.encode())
        if found is None or not is_right:
            return None
        [order] = await load_orders(conn, app[CONTACT_SEALER], [found.order_id])
        tickets = await tickets_of(conn, order, app[TICKET_KEYS])
    shown = order.model_copy(update={"contact_name": masked_name(order.contact_name)})
    return LookedUpOrder(order=shown, tickets=tickets)


def _last_four(found: Found | None, sealer: Sealer) -> bytes:
    """Return the end of the contact's number; where there is none, of nobody's, as slowly."""
    sealed = found.contact_sealed if found else seal_contact(NOBODY, sealer)
    phone = open_contact(sealed, sealer).phone or NOBODY.phone or ""
    return phone[-4:].encode()
