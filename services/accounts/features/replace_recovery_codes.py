"""Make new recovery codes in place of the old ones."""

from typing import Final

import structlog
from aiohttp import web

from services.accounts.errors import FreshSignInNeeded, NoSecondFactor
from services.accounts.second_factors import lock_factors
from services.accounts.second_factors import replace_recovery_codes as replace
from services.accounts.staff_audit import record_factor_change
from shared.core.errors import FreshSecondFactorNeeded
from shared.db import transaction
from shared.http.access import Caller, may
from shared.http.keys import DATABASE
from shared.http.models import Reply
from shared.http.route import route


class RecoveryCodes(Reply):
    """Ten codes, each good once. Nobody can see them again."""

    recovery_codes: list[str]


_log: Final = structlog.get_logger()


@route(
    "POST",
    "/v1/me/second-factors/recovery-codes",
    access=may("account.own"),
    status=201,
    errors=(FreshSecondFactorNeeded, FreshSignInNeeded, NoSecondFactor),
)
async def replace_recovery_codes(request: web.Request, caller: Caller) -> RecoveryCodes:
    """Make ten new recovery codes; the old ones are void from now on.

    Takes no Idempotency-Key, because its answer is never kept: asking again makes others.
    """
    async with transaction(request.app[DATABASE]) as conn:
        security = await lock_factors(conn, caller)
        if not security.enrolled:
            raise NoSecondFactor
        codes = await replace(conn, request.app, caller.person)
        await record_factor_change(conn, caller, "recovery_codes.replaced")
    _log.info("recovery_codes.replaced", account_id=str(caller.account_id))
    return RecoveryCodes(recovery_codes=codes)
