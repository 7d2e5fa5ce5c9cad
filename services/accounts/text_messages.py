"""How many text messages go out: for each network, and for all of them, in a day.

Text messages cost money, and whoever has numbers that earn by them makes us send many. Mail costs
nothing and is not counted here.
"""

from dataclasses import dataclass
from typing import Final

import structlog
from aiohttp import web

from services.accounts.keys import CONTACTS, TEXT_LIMITS
from shared.core.errors import TooManyRequests
from shared.db import Connection, fetch_one

# The row that counts for all networks has no hash.
ALL_NETWORKS: Final = b""


@dataclass(frozen=True, slots=True)
class Sent:
    """How many went out today, and how many seconds are left of the day."""

    sends: int
    left: int


COUNT: Final = """
    insert into text_message_sends as kept (day, network_index)
    values ((now() at time zone 'Asia/Shanghai')::date, $1)
    on conflict (day, network_index) do update set sends = kept.sends + 1
    returning
        sends,
        greatest(1, ceil(extract(epoch from
            (day + 1)::timestamp at time zone 'Asia/Shanghai' - now()
        )))::integer as "left"
"""
TAKE_BACK: Final = """
    update text_message_sends
    set sends = greatest(sends - 1, 0)
    where day = (now() at time zone 'Asia/Shanghai')::date and network_index = $1
"""

_log: Final = structlog.get_logger()


async def count_text(conn: Connection, app: web.Application, network: str) -> None:
    """Count a text message that a network asks for, in the transaction that keeps its code.

    Raises TooManyRequests, which undoes the counting. It knows nothing of the contact, so that
    known and unknown people are answered alike.
    """
    limits = app[TEXT_LIMITS]
    index = app[CONTACTS].network_index(network)
    for counted, most in ((index, limits.per_network), (ALL_NETWORKS, limits.a_day)):
        sent = await fetch_one(conn, Sent, COUNT, counted)
        if sent.sends > most:
            if counted == ALL_NETWORKS:
                _log.error("text_messages.day_is_full", most=most)
            raise TooManyRequests(
                headers={"Retry-After": str(sent.left)}, retry_after_seconds=sent.left
            )


async def take_text_back(conn: Connection, app: web.Application, network: str) -> None:
    """Take back what was counted for a message that nobody took over."""
    for counted in (app[CONTACTS].network_index(network), ALL_NETWORKS):
        await conn.execute(TAKE_BACK, counted)
