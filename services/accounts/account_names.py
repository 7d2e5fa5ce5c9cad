"""What an authenticator or a browser shows an account as: the address that one signs in with."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from aiohttp import web

from services.accounts.domain.contacts import Channel
from services.accounts.keys import CONTACTS
from shared.core.errors import NotFound
from shared.db import Connection, fetch_first


@dataclass(frozen=True, slots=True)
class Point:
    """One way to reach the account, sealed."""

    channel: Channel
    address: bytes


FIND: Final = """
    select point.channel, point.address
    from contact_points as point
    join accounts as account on account.id = point.account_id
    where point.account_id = $1 and account.deactivated_at is null
    order by point.channel
    limit 1
"""


async def account_name(conn: Connection, app: web.Application, account_id: UUID) -> str:
    """Return an account's mail address, else its phone. Raises NotFound for a closed account."""
    point = await fetch_first(conn, Point, FIND, account_id)
    if point is None:
        raise NotFound
    return app[CONTACTS].open(point.address, point.channel, account_id) or ""
