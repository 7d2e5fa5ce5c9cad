"""Let a deactivated account in again."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

import structlog
from aiohttp import web

from services.accounts.account_states import AccountPath, AccountState, ForAReason
from services.accounts.errors import AccountNotClosed
from services.accounts.officers import lock_office
from services.accounts.present_rights import require_present
from shared.contracts.accounts import AccountReactivated
from shared.core.errors import NotFound
from shared.db import fetch_first, transaction
from shared.http.access import Caller, may
from shared.http.idempotency import Idempotency
from shared.http.keys import DATABASE
from shared.http.route import route
from shared.messaging import audit, outbox


@dataclass(frozen=True, slots=True)
class Reopened:
    """An account that was reopened just now."""

    events_told: int


@dataclass(frozen=True, slots=True)
class Known:
    """An account that there is."""

    id: UUID


FIND: Final = "select id from accounts where id = $1 and erased_at is null"
REOPEN: Final = """
    update accounts
    set deactivated_at = null, events_told = events_told + 1, version = version + 1
    where id = $1 and deactivated_at is not null
    returning events_told
"""
RECORD: Final = """
    update account_closures
    set reopened_at = now(), reopened_by = $2, reopening_reason = $3
    where account_id = $1 and reopened_at is null
"""

_log: Final = structlog.get_logger()


@route(
    "POST",
    "/v1/accounts/{account_id}/reactivations",
    access=may("account.close"),
    status=201,
    idempotent=True,
    errors=(NotFound, AccountNotClosed),
)
async def reactivate_account(
    request: web.Request,
    caller: Caller,
    path: AccountPath,
    body: ForAReason,
    idempotency: Idempotency,
) -> AccountState:
    """Let a deactivated account sign in again, for a reason; its sessions stay ended."""
    account_id = path.account_id
    async with transaction(request.app[DATABASE]) as conn:
        if earlier := await idempotency.earlier(conn, AccountState):
            return earlier
        await lock_office(conn)
        await require_present(conn, caller, "account.close")
        if await fetch_first(conn, Known, FIND, account_id) is None:
            raise NotFound
        reopened = await fetch_first(conn, Reopened, REOPEN, account_id)
        if reopened is None:
            raise AccountNotClosed
        await conn.execute(RECORD, account_id, caller.account_id, body.reason)
        await audit.record(conn, caller, action="account.reactivated", subject=account_id)
        event = AccountReactivated(account_id=account_id)
        await outbox.add(conn, event, subject=account_id, version=reopened.events_told)
        view = AccountState(account_id=account_id, deactivated_at=None)
        await idempotency.keep(conn, view)
    _log.info("account.reactivated", account_id=str(account_id))
    return view
