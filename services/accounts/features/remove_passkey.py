"""Remove one of one's passkeys."""

from typing import Final
from uuid import UUID

import structlog
from aiohttp import web

from services.accounts.errors import FreshSignInNeeded
from services.accounts.second_factors import forget_recovery_codes, lock_factors
from services.accounts.staff_audit import record_factor_change
from shared.core.errors import FreshSecondFactorNeeded, NotFound
from shared.db import transaction
from shared.http.access import Caller, may
from shared.http.keys import DATABASE
from shared.http.models import Path
from shared.http.route import route


class PasskeyPath(Path):
    """Which passkey."""

    passkey_id: UUID


REMOVE: Final = "delete from passkeys where id = $1 and account_id = $2 returning id"

_log: Final = structlog.get_logger()


@route(
    "DELETE",
    "/v1/me/passkeys/{passkey_id}",
    access=may("account.own"),
    errors=(NotFound, FreshSecondFactorNeeded, FreshSignInNeeded),
)
async def remove_passkey(request: web.Request, caller: Caller, path: PasskeyPath) -> None:
    """Remove one of the caller's passkeys; with the last second factor the recovery codes go."""
    async with transaction(request.app[DATABASE]) as conn:
        await lock_factors(conn, caller)
        if await conn.fetchval(REMOVE, path.passkey_id, caller.account_id) is None:
            raise NotFound
        await forget_recovery_codes(conn, caller.person)
        removed = {"passkey_id": path.passkey_id}
        await record_factor_change(conn, caller, "passkey.removed", removed)
    _log.info("passkey.removed", account_id=str(caller.account_id))
