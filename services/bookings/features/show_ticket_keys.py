"""Publish the public keys that verify tickets."""

from hashlib import sha256
from typing import Final, Literal

from aiohttp import hdrs, web

from services.bookings.keys import TICKET_KEYS
from shared.http.access import may
from shared.http.etags import is_known
from shared.http.models import Reply
from shared.http.route import route

# A key that is to sign is published longer than this before it signs.
MAX_AGE_SECONDS: Final = 300


class TicketKey(Reply):
    """One Ed25519 public key: 32 bytes in base 64, named by the id inside ticket codes.

    `signs_now` is the one that signs new tickets; the others verify older ones.
    """

    key_id: str
    algorithm: Literal["Ed25519"] = "Ed25519"
    public_key: str
    signs_now: bool


class TicketKeyList(Reply):
    """All keys whose tickets are still good."""

    items: list[TicketKey]


@route("GET", "/v1/ticket-keys", access=may("public.read"))
async def show_ticket_keys(request: web.Request) -> TicketKeyList | web.Response:
    """Publish the keys by which a gate verifies tickets without a network (domain rule 12).

    A ticket's code is `XY1`, the key's id, a dot, and base 32 (RFC 4648, without padding) of 86
    bytes: the line's id (16), the ordinal (2, big-endian), the last day that it is good for (4,
    days since 0001-01-01, which is 1), and an Ed25519 signature (64) of the key's id followed by
    those 22 bytes. A copy of this answer may be kept: it is checked again with its ETag.
    """
    keys = request.app[TICKET_KEYS]
    view = TicketKeyList(
        items=[
            TicketKey(key_id=key_id, public_key=key, signs_now=key_id == keys.current)
            for key_id, key in keys.published().items()
        ]
    )
    body = view.model_dump_json().encode()
    tag = f'"{sha256(body).hexdigest()[:32]}"'
    headers = {hdrs.ETAG: tag, hdrs.CACHE_CONTROL: f"public, max-age={MAX_AGE_SECONDS}"}
    if is_known(request.headers.get(hdrs.IF_NONE_MATCH), tag):
        return web.Response(status=304, headers=headers)
    return web.Response(body=body, content_type="application/json", headers=headers)
