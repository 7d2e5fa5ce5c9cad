"""Confirm an authenticator app by its first code."""

from dataclasses import dataclass
from typing import Final

import structlog
from aiohttp import web

from services.accounts.code_fields import SixDigits
from services.accounts.domain.second_factors import accepted_step
from services.accounts.enrolment import Enrolled
from services.accounts.errors import (
    EnrolmentNotStarted,
    FreshSignInNeeded,
    SecondFactorNotAccepted,
)
from services.accounts.keys import VAULT
from services.accounts.opening import upgrade_session
from services.accounts.second_factors import (
    begin_try,
    end_try,
    lock_factors,
    replace_recovery_codes,
)
from services.accounts.staff_audit import record_factor_change
from shared.core.errors import FreshSecondFactorNeeded, NotSignedIn, TooManyRequests
from shared.db import Connection, fetch_first, transaction
from shared.http.access import Caller, may
from shared.http.keys import CLOCK, DATABASE, VERIFIER
from shared.http.models import Body
from shared.http.route import route


class ConfirmAuthenticator(Body):
    """The six digits that the app shows."""

    code: SixDigits


@dataclass(frozen=True, slots=True)
class Pending:
    """A secret that waits to be confirmed."""

    secret: bytes


FIND_PENDING: Final = """
    select pending_secret as secret
    from authenticators
    where account_id = $1 and pending_until > clock_timestamp()
"""
CONFIRM: Final = """
    update authenticators
    set
        secret = pending_secret,
        confirmed_at = clock_timestamp(),
        last_step = $2,
        pending_secret = null,
        pending_until = null
    where account_id = $1
"""

_log: Final = structlog.get_logger()


@route(
    "POST",
    "/v1/me/second-factors/totp/confirmations",
    access=may("account.own"),
    status=201,
    errors=(
        EnrolmentNotStarted,
        FreshSecondFactorNeeded,
        FreshSignInNeeded,
        SecondFactorNotAccepted,
        NotSignedIn,
        TooManyRequests,
    ),
)
async def confirm_authenticator(
    request: web.Request, caller: Caller, body: ConfirmAuthenticator
) -> Enrolled:
    """Confirm the authenticator that was started, by the code that it shows.

    It counts as the session's second factor: the answer has a new session, and ten recovery codes
    where the account had no second factor before. Nobody can see those again.
    """
    async with transaction(request.app[DATABASE]) as conn:
        enrolled = await _confirm(conn, request, caller, body.code)
    if enrolled is None:
        raise SecondFactorNotAccepted
    await request.app[VERIFIER].revocations.refresh()
    _log.info("authenticator.confirmed", account_id=str(caller.account_id))
    return enrolled


async def _confirm(
    conn: Connection, request: web.Request, caller: Caller, code: str
) -> Enrolled | None:
    app, account_id = request.app, caller.person
    security = await lock_factors(conn, caller)
    failures = await begin_try(conn, account_id)
    pending = await fetch_first(conn, Pending, FIND_PENDING, account_id)
    if pending is None:
        raise EnrolmentNotStarted
    secret = app[VAULT].open(pending.secret, account_id)
    step = accepted_step(secret, code, app[CLOCK].now(), 0)
    await end_try(conn, account_id, failures, accepted=step is not None)
    if step is None:
        return None
    await conn.execute(CONFIRM, account_id, step)
    await record_factor_change(conn, caller, "authenticator.confirmed")
    codes = None if security.enrolled else await replace_recovery_codes(conn, app, account_id)
    session = await upgrade_session(conn, request, caller, "otp")
    return Enrolled(session=session, recovery_codes=codes)
