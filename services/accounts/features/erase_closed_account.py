"""Erase a deactivated account, whose person can't ask for it by signing in."""

from datetime import datetime
from typing import Annotated, Final, Literal

import structlog
from aiohttp import web
from pydantic import Field

from services.accounts.account_states import AccountPath
from services.accounts.erasing import erase
from services.accounts.errors import AccountNotClosed, LastOwner, OrdersStand
from services.accounts.keys import PEOPLE
from services.accounts.present_rights import require_present
from shared.core.errors import NotFound, Unavailable
from shared.db import transaction
from shared.http.access import Caller, may
from shared.http.idempotency import Idempotency
from shared.http.keys import DATABASE, VERIFIER
from shared.http.models import Body, Reply
from shared.http.route import route
from shared.messaging import audit


class EraseClosedAccount(Body):
    """Why: a word and no sentence, because sentences about the person go with them."""

    reason: Annotated[
        Literal["asked_by_person", "asked_by_law"],
        Field(description="Written into the audit log."),
    ]


class ErasedView(Reply):
    """That an account is erased, and since when."""

    erased_at: datetime


# Erasing locks it, and looks again.
IS_CLOSED: Final = """
    select deactivated_at is not null from accounts where id = $1 and erased_at is null
"""
FIND: Final = "select erased_at from accounts where id = $1"

_log: Final = structlog.get_logger()


@route(
    "POST",
    "/v1/accounts/{account_id}/erasures",
    access=may("account.close"),
    status=201,
    idempotent=True,
    errors=(NotFound, AccountNotClosed, OrdersStand, LastOwner, Unavailable),
)
async def erase_closed_account(
    request: web.Request,
    caller: Caller,
    path: AccountPath,
    body: EraseClosedAccount,
    idempotency: Idempotency,
) -> ErasedView:
    """Erase a deactivated account for its person, who can't sign in to do it (PIPL article 47).

    The director has recognised them otherwise. What is erased and what stays is as for
    `DELETE /v1/me`; the office reads none of it. An open account is its person's own to erase.
    """
    account_id = path.account_id
    # Asked before the transaction: it is a network call.
    orders = await request.app[PEOPLE].live_orders(account_id)
    async with transaction(request.app[DATABASE]) as conn:
        if earlier := await idempotency.earlier(conn, ErasedView):
            return earlier
        await require_present(conn, caller, "account.close")
        is_closed = await conn.fetchval(IS_CLOSED, account_id)
        if is_closed is None:
            raise NotFound
        if not is_closed:
            raise AccountNotClosed
        if orders:
            raise OrdersStand(orders=orders)
        await audit.record(
            conn,
            caller,
            action="account.erased",
            subject=account_id,
            details={"reason": body.reason},
        )
        await erase(conn, account_id, is_closed=True)
        view = ErasedView(erased_at=await conn.fetchval(FIND, account_id))
        await idempotency.keep(conn, view)
    await request.app[VERIFIER].revocations.refresh()
    _log.info("account.erased", account_id=str(account_id))
    return view
