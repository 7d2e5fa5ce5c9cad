"""Erase one's own account, for good."""

from typing import Annotated, Final, Literal
from uuid import UUID

import structlog
from aiohttp import web
from pydantic import Field

from services.accounts.erasing import erase
from services.accounts.errors import FreshSignInNeeded, LastDirector, LastOwner, OrdersStand
from services.accounts.keys import PEOPLE
from shared.core.errors import NotFound, Unavailable
from shared.db import Connection, acquire, transaction
from shared.http.access import Caller, may
from shared.http.keys import DATABASE
from shared.http.models import Query
from shared.http.route import route
from shared.messaging import audit

FRESH_MINUTES: Final = 15


class EraseMe(Query):
    """The word by which a person shows that they mean it."""

    confirmation: Annotated[
        Literal["erase"], Field(description="`erase`, so that nothing is erased by mistake.")
    ]


IS_IN_USE: Final = "select true from accounts where id = $1 and deactivated_at is null"
IS_FRESH: Final = """
    select exists (
        select from sessions
        where id = $1 and account_id = $2 and revoked_at is null
            and created_at > clock_timestamp() - make_interval(mins => $3)
    )
"""

_log: Final = structlog.get_logger()


@route(
    "DELETE",
    "/v1/me",
    access=may("account.own"),
    errors=(NotFound, FreshSignInNeeded, OrdersStand, LastOwner, LastDirector, Unavailable),
)
async def erase_me(request: web.Request, caller: Caller, _query: EraseMe) -> None:
    """Erase the caller's account: names, addresses, children, second factors, all sessions.

    It is closed at once, and every service forgets the person within a minute. Orders, money and
    decisions stay for as long as the law asks, with the id of an account that leads to nobody.
    Refused while orders are still to take place, for the only owner of an organisation, and for
    whoever did not sign in within the last 15 minutes. It can't be undone.
    """
    account_id = caller.person
    async with acquire(request.app[DATABASE]) as conn:
        await _check_fresh(conn, caller.session_id, account_id)
    # Asked before the transaction: it is a network call. What is booked in between is found by
    # bookings itself, which forgets the people of orders that come later, too.
    if orders := await request.app[PEOPLE].live_orders(account_id):
        raise OrdersStand(orders=orders)
    async with transaction(request.app[DATABASE]) as conn:
        await _check_fresh(conn, caller.session_id, account_id)
        await audit.record(conn, caller, action="account.erased", subject=account_id)
        await erase(conn, account_id)
    _log.info("account.erased", account_id=str(account_id))


async def _check_fresh(conn: Connection, session_id: UUID | None, account_id: UUID) -> None:
    if not await conn.fetchval(IS_IN_USE, account_id):
        raise NotFound
    if not await conn.fetchval(IS_FRESH, session_id, account_id, FRESH_MINUTES):
        raise FreshSignInNeeded(minutes=FRESH_MINUTES)
