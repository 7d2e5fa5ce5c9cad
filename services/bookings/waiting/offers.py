"""Offering places to a party of the waiting list: an order that holds them until it decides."""

import hashlib
from dataclasses import replace
from datetime import timedelta
from typing import Final

import asyncpg
import structlog
from aiohttp import web

from services.bookings.domain.lines import PlannedLine
from services.bookings.engine.placing import Draft, draft_line, place_in
from services.bookings.engine.planning import plan_lines
from services.bookings.keys import OFFER_MINUTES
from services.bookings.waiting.parties import Party, Rooms, Wish
from services.bookings.waiting.waiting_list import SkipReason
from shared.contracts.bookings import WaitlistOffered
from shared.core import tracing
from shared.core.errors import ApiError
from shared.core.ids import order_code
from shared.db import Connection
from shared.http.keys import IDS
from shared.messaging import outbox

# As placing an order locks an account while it counts what it has. It takes that lock before it
# locks pools, and a round has pools: so it may only try.
TRY_ACCOUNT: Final = """
select pg_try_advisory_xact_lock(hashtextextended('bookings.limits ' || $1, 0))
"""

NOTE_OFFER: Final = """
insert into waitlist_offers (order_id, entry_id, position, expires_at)
select order_id, $2, $3, hold_expires_at from orders where order_id = $1
returning expires_at
"""

OFFER: Final = """
update waitlist_entries
set state = 'offered', order_id = $2, version = version + 1
where entry_id = $1
returning version
"""

_log: Final = structlog.get_logger()


class AccountIsBusy(Exception):
    """The account places an order at this very moment: the round has to begin again."""


async def offer(
    app: web.Application, conn: Connection, party: Party, wish: Wish, rooms: Rooms
) -> SkipReason | None:
    """Hold the places of a wish for a party that fits, and tell it.

    Returns why that was not to be, or None. The caller holds the locks of the entry and of the
    pools in `rooms`, which knows afterwards what was taken. Raises AccountIsBusy.
    """
    if not await conn.fetchval(TRY_ACCOUNT, str(party.account_id)):
        raise AccountIsBusy
    try:
        async with conn.transaction():
            return await _offer(app, conn, party, wish, rooms)
    except asyncpg.IntegrityConstraintViolationError as error:
        # What is wrong with one entry must not keep the places from all others.
        stuck = {"entry_id": str(party.entry_id), "constraint": error.constraint_name}
        _log.exception("waitlist.offering_stuck", **stuck)
        return "not_bookable"


async def _offer(
    app: web.Application, conn: Connection, party: Party, wish: Wish, rooms: Rooms
) -> SkipReason | None:
    draft = await _draft(app, conn, party, wish, rooms)
    if draft is None:
        return "not_bookable"
    minutes = min(app[OFFER_MINUTES], wish.minutes_left)
    placement = await place_in(conn, draft, timedelta(minutes=minutes))
    if placement.outcome != "placed":
        too_many = placement.outcome == "too_many_for_account"
        return "too_many_for_account" if too_many else "not_bookable"
    await _tell(conn, party, wish, draft)
    rooms.take(draft.lines[0].choice.claims)
    return None


async def _draft(
    app: web.Application, conn: Connection, party: Party, wish: Wish, rooms: Rooms
) -> Draft | None:
    """Return the order for a wish as it would be sold today; None where it can't be any more.

    What is sold can have changed since the party joined, so it is planned anew.
    """
    try:
        [plan] = await plan_lines(conn, [party.wanted(wish)])
    except ApiError:
        return None
    choice = next((choice for choice in plan.choices if rooms.fits(choice.claims)), None)
    if choice is None or not _accepted(party, plan):
        return None
    ids = app[IDS]
    order_id = ids.new()
    return Draft(
        order_id=order_id,
        event_id=ids.new(),
        code=order_code(),
        account_id=party.account_id,
        method=None,
        contact_sealed=party.contact_sealed,
        caller="waitlist",
        key=str(order_id),
        fingerprint=hashlib.sha256(order_id.bytes).digest(),
        lines=(replace(draft_line(ids, plan), choice=choice),),
        traceparent=tracing.current().traceparent,
    )


def _accepted(party: Party, plan: PlannedLine) -> bool:
    return party.accepts_no_refund or not plan.offered.terms.refunds.non_refundable


async def _tell(conn: Connection, party: Party, wish: Wish, draft: Draft) -> None:
    expires_at = await conn.fetchval(NOTE_OFFER, draft.order_id, party.entry_id, wish.position)
    version = await conn.fetchval(OFFER, party.entry_id, draft.order_id)
    event = WaitlistOffered(
        entry_id=party.entry_id,
        account_id=party.account_id,
        order_id=draft.order_id,
        offer_expires_at=expires_at,
    )
    await outbox.add(conn, event, subject=party.entry_id, version=version)
    _log.info("waitlist.offered", entry_id=str(party.entry_id), order_id=str(draft.order_id))
