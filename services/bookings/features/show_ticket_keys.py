"""Publish the public keys that verify tickets."""

from typing import Literal

from aiohttp import web

from services.bookings.keys import TICKET_KEYS
from shared.http.access import PUBLIC
from shared.http.models import Reply
from shared.http.route import route


class TicketKey(Reply):
    """One Ed25519 public key: 32 bytes in base 64, named by the id inside ticket codes."""

    key_id: str
    algorithm: Literal["Ed25519"] = "Ed25519"
    public_key: str


class TicketKeyList(Reply):
    """All keys whose tickets are still good."""

    items: list[TicketKey]


@route("GET", "/v1/ticket-keys", access=PUBLIC)
async def show_ticket_keys(request: web.Request) -> TicketKeyList:
    """Publish the keys by which a gate verifies tickets without a network (domain rule 12)."""
    published = request.app[TICKET_KEYS].published()
    return TicketKeyList(
        items=[TicketKey(key_id=key_id, public_key=key) for key_id, key in published.items()]
    )
