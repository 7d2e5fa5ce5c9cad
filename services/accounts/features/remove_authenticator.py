"""Remove one's authenticator app."""

from typing import Final

import structlog
from aiohttp import web

from services.accounts.errors import FreshSignInNeeded
from services.accounts.second_factors import forget_recovery_codes, lock_factors
from services.accounts.staff_audit import record_factor_change
from shared.core.errors import FreshSecondFactorNeeded, NotFound
from shared.db import transaction
from shared.http.access import Caller, may
from shared.http.keys import DATABASE
from shared.http.route import route

REMOVE: Final = """
    delete from authenticators
    where account_id = $1 and secret is not null
    returning account_id
"""

_log: Final = structlog.get_logger()


@route(
    "DELETE",
    "/v1/me/second-factors/totp",
    access=may("account.own"),
    errors=(NotFound, FreshSecondFactorNeeded, FreshSignInNeeded),
)
async def remove_authenticator(request: web.Request, caller: Caller) -> None:
    """Remove the caller's authenticator, and with the last second factor the recovery codes.

    Somebody whose roles need a second factor sets up another one at the next sign-in.
    """
    async with transaction(request.app[DATABASE]) as conn:
        await lock_factors(conn, caller)
        if await conn.fetchval(REMOVE, caller.account_id) is None:
            raise NotFound
        await forget_recovery_codes(conn, caller.person)
        await record_factor_change(conn, caller, "authenticator.removed")
    _log.info("authenticator.removed", account_id=str(caller.account_id))
