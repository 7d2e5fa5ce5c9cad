"""How many text messages go out: for each network, and for all of them, in a day.

Text messages cost money, and whoever has numbers that earn by them makes us send many. Mail costs
nothing and is not counted here.
"""

from dataclasses import dataclass
from typing import Final

import structlog
from aiohttp import web
from prometheus_client import CollectorRegistry, Counter

from services.accounts.keys import CONTACTS, TEXT_LIMITS, TEXT_LIMITS_MET
from shared.core.errors import TooManyRequests
from shared.db import Connection, after_commit, fetch_one

# The row that counts for all networks has no hash.
ALL_NETWORKS: Final = b""
# One home has hundreds of IPv6 networks of 64 bits, and one provider's customer up to 48 bits.
NETWORK_BITS: Final = 48
# A day's messages that somebody should know of, in per cent of them all.
MANY: Final = 80


@dataclass(frozen=True, slots=True)
class Sent:
    """How many went out today, when somebody was last told, and the seconds left of the day."""

    sends: int
    told_at_sends: int
    left: int


COUNT: Final = """
    insert into text_message_sends as kept (day, network_index)
    values ((now() at time zone 'Asia/Shanghai')::date, $1)
    on conflict (day, network_index) do update set sends = kept.sends + 1
    returning
        sends,
        told_at_sends,
        greatest(1, ceil(extract(epoch from
            (day + 1)::timestamp at time zone 'Asia/Shanghai' - now()
        )))::integer as "left"
"""
TELL: Final = """
    update text_message_sends
    set told_at_sends = sends
    where day = (now() at time zone 'Asia/Shanghai')::date and network_index = $1
"""
TAKE_BACK: Final = """
    update text_message_sends
    set sends = greatest(sends - 1, 0)
    where day = (now() at time zone 'Asia/Shanghai')::date and network_index = $1
"""

_log: Final = structlog.get_logger()


def new_counter(registry: CollectorRegistry) -> Counter:
    """Return the counter of limits that were met; each begins at 0, so that its growth shows."""
    counter = Counter(
        "xiangyou_text_limits_met",
        "Codes by text message refused by the limit of a network or a day, and days mostly used.",
        ("limit",),
        registry=registry,
    )
    for limit in ("network", "most_of_day", "day"):
        counter.labels(limit)
    return counter


async def count_text(conn: Connection, app: web.Application, network: str) -> None:
    """Count a text message that a network asks for, in the transaction that keeps its code.

    Raises TooManyRequests, which undoes the counting. It knows nothing of the contact, so that
    known and unknown people are answered alike.
    """
    limits, met = app[TEXT_LIMITS], app[TEXT_LIMITS_MET]
    by_network = await fetch_one(conn, Sent, COUNT, app[CONTACTS].network_index(network))
    if by_network.sends > limits.per_network:
        met.labels("network").inc()
        raise _too_many(by_network)
    # Whoever counts here waits for the one before, and sees what was told.
    by_all = await fetch_one(conn, Sent, COUNT, ALL_NETWORKS)
    if by_all.sends > limits.a_day:
        met.labels("day").inc()
        raise _too_many(by_all)
    await _tell_of_day(conn, app, by_all)


async def _tell_of_day(conn: Connection, app: web.Application, sent: Sent) -> None:
    """Tell that the day fills up: once, also where messages are taken back, and not if undone."""
    most = app[TEXT_LIMITS].a_day
    reached = max((mark for mark in (most * MANY // 100, most) if mark <= sent.sends), default=0)
    if reached <= sent.told_at_sends:
        return
    await conn.execute(TELL, ALL_NETWORKS)

    def tell() -> None:
        if reached == most:
            _log.error("text_messages.day_is_full", most=most)
        else:
            app[TEXT_LIMITS_MET].labels("most_of_day").inc()
            _log.warning("text_messages.day_is_nearly_full", sends=sent.sends, most=most)

    after_commit(conn, tell)


def _too_many(sent: Sent) -> TooManyRequests:
    return TooManyRequests(headers={"Retry-After": str(sent.left)}, retry_after_seconds=sent.left)


async def take_text_back(conn: Connection, app: web.Application, network: str) -> None:
    """Take back what was counted for a message that nobody took over."""
    for counted in (app[CONTACTS].network_index(network), ALL_NETWORKS):
        await conn.execute(TAKE_BACK, counted)
