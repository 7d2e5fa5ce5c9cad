"""Erase one's own account, for good."""

from typing import Annotated, Final, Literal

import structlog
from aiohttp import web
from pydantic import Field

from services.accounts.erasing import erase
from services.accounts.errors import (
    FreshSignInNeeded,
    LastDirector,
    LastOwner,
    OrdersStand,
    SecondFactorNeeded,
)
from services.accounts.keys import PEOPLE
from services.accounts.second_factors import require_fresh_person
from shared.core.errors import NotFound, Unavailable
from shared.db import Connection, acquire, transaction
from shared.http.access import Caller, may
from shared.http.keys import DATABASE, VERIFIER
from shared.http.models import Query
from shared.http.route import route
from shared.messaging import audit


class EraseMe(Query):
    """The word by which a person shows that they mean it."""

    confirmation: Annotated[
        Literal["erase"], Field(description="`erase`, so that nothing is erased by mistake.")
    ]


IS_IN_USE: Final = "select true from accounts where id = $1 and deactivated_at is null"

_log: Final = structlog.get_logger()


@route(
    "DELETE",
    "/v1/me",
    access=may("account.own"),
    errors=(
        NotFound,
        FreshSignInNeeded,
        SecondFactorNeeded,
        OrdersStand,
        LastOwner,
        LastDirector,
        Unavailable,
    ),
)
async def erase_me(request: web.Request, caller: Caller, _query: EraseMe) -> None:
    """Erase the caller's account: names, addresses, children, second factors, all sessions.

    It is closed at once, and every service forgets the person within a minute. Orders, money and
    decisions stay for as long as the law asks, with the id of an account that leads to nobody.
    Refused while orders are still to take place, for the only owner of an organisation, and for
    whoever did not sign in within the last 15 minutes, with the second factor where the account
    has one. It can't be undone.
    """
    account_id = caller.person
    async with acquire(request.app[DATABASE]) as conn:
        await _check_fresh(conn, caller)
    # Asked before the transaction: it is a network call. What is booked in between is found by
    # bookings itself, which forgets the people of orders that come later, too.
    if orders := await request.app[PEOPLE].live_orders(account_id):
        raise OrdersStand(orders=orders)
    async with transaction(request.app[DATABASE]) as conn:
        await _check_fresh(conn, caller)
        await audit.record(conn, caller, action="account.erased", subject=account_id)
        await erase(conn, account_id)
    await request.app[VERIFIER].revocations.refresh()
    _log.info("account.erased", account_id=str(account_id))


async def _check_fresh(conn: Connection, caller: Caller) -> None:
    account_id = caller.person
    if not await conn.fetchval(IS_IN_USE, account_id):
        raise NotFound
    await require_fresh_person(conn, caller)
