"""Deactivate an account: its person is out everywhere within a minute."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

import structlog
from aiohttp import web

from services.accounts.account_states import AccountPath, AccountState, ForAReason
from services.accounts.api_keys import end_keys
from services.accounts.errors import AccountClosedAlready, LastDirector, OwnAccount
from services.accounts.officers import check_directed, lock_office
from services.accounts.present_rights import require_present
from services.accounts.revocations import end_sessions, revoke_tokens
from shared.contracts.accounts import AccountDeactivated
from shared.core.errors import NotFound
from shared.db import constraint_errors, fetch_first, transaction
from shared.http.access import Caller, may
from shared.http.idempotency import Idempotency
from shared.http.keys import DATABASE, IDS, VERIFIER
from shared.http.route import route
from shared.messaging import audit, outbox


@dataclass(frozen=True, slots=True)
class Closed:
    """An account that was closed just now."""

    deactivated_at: datetime
    events_told: int


@dataclass(frozen=True, slots=True)
class Known:
    """An account that there is."""

    id: UUID


FIND: Final = "select id from accounts where id = $1"
# Waits for whoever signs this account in, and is waited for by whoever comes later.
CLOSE: Final = """
    update accounts
    set deactivated_at = now(), events_told = events_told + 1, version = version + 1
    where id = $1 and deactivated_at is null
    returning deactivated_at, events_told
"""
RECORD: Final = """
    insert into account_closures (id, account_id, closed_by, reason) values ($1, $2, $3, $4)
"""

_log: Final = structlog.get_logger()


@route(
    "POST",
    "/v1/accounts/{account_id}/deactivations",
    access=may("account.close"),
    status=201,
    idempotent=True,
    errors=(NotFound, AccountClosedAlready, OwnAccount, LastDirector),
)
async def deactivate_account(
    request: web.Request,
    caller: Caller,
    path: AccountPath,
    body: ForAReason,
    idempotency: Idempotency,
) -> AccountState:
    """Deactivate an account for a reason.

    Its sessions and API keys end, its access tokens are refused by every service within a minute,
    and it can't sign in. What it has booked stands. The office keeps a director who can sign in.
    """
    account_id = path.account_id
    with constraint_errors({"account_closures_not_by_oneself": OwnAccount}):
        async with transaction(request.app[DATABASE]) as conn:
            if earlier := await idempotency.earlier(conn, AccountState):
                return earlier
            if await fetch_first(conn, Known, FIND, account_id) is None:
                raise NotFound
            # Two directors who close each other's accounts at once: one stays.
            await lock_office(conn)
            await require_present(conn, caller, "account.close")
            closed = await fetch_first(conn, Closed, CLOSE, account_id)
            if closed is None:
                raise AccountClosedAlready
            await conn.execute(
                RECORD, request.app[IDS].new(), account_id, caller.account_id, body.reason
            )
            await check_directed(conn)
            await end_sessions(conn, account_id, "deactivated")
            await end_keys(conn, account_id, caller.person)
            await revoke_tokens(conn, account_id)
            await audit.record(conn, caller, action="account.deactivated", subject=account_id)
            event = AccountDeactivated(account_id=account_id)
            await outbox.add(conn, event, subject=account_id, version=closed.events_told)
            view = AccountState(account_id=account_id, deactivated_at=closed.deactivated_at)
            await idempotency.keep(conn, view)
    await request.app[VERIFIER].revocations.refresh()
    _log.info("account.deactivated", account_id=str(account_id))
    return view
