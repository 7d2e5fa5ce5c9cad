"""Show a second factor in a session, which gets its person's rights by that."""

from typing import Annotated, Final, Self

import structlog
from aiohttp import web
from pydantic import AfterValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from services.accounts.code_fields import SixDigits
from services.accounts.domain.second_factors import Method, normalised_recovery_code
from services.accounts.errors import SecondFactorNotAccepted
from services.accounts.locks import lock_account
from services.accounts.opening import upgrade_session
from services.accounts.second_factors import (
    accept_recovery_code,
    accept_totp,
    begin_try,
    end_try,
)
from services.accounts.sessions import SessionView
from shared.core.errors import NotSignedIn, TooManyRequests
from shared.db import Connection, transaction
from shared.http.access import Caller, may
from shared.http.keys import DATABASE, VERIFIER
from shared.http.models import Body
from shared.http.route import route


def _recovery_code(typed: str) -> str:
    if normalised_recovery_code(typed) is None:
        raise PydanticCustomError("recovery_code_malformed", "Input should be a recovery code")
    return typed


class AddSecondFactor(Body):
    """Exactly one of the two."""

    totp: SixDigits | None = None
    recovery_code: Annotated[str, Field(max_length=64), AfterValidator(_recovery_code)] | None = (
        Field(None, examples=["7K4QM-2XPD9"])
    )

    @model_validator(mode="after")
    def _check_one_factor(self) -> Self:
        if (self.totp is None) == (self.recovery_code is None):
            raise PydanticCustomError("one_second_factor", "Give one second factor")
        return self


_log: Final = structlog.get_logger()


@route(
    "POST",
    "/v1/sessions/second-factors",
    access=may("account.own"),
    status=201,
    errors=(SecondFactorNotAccepted, NotSignedIn, TooManyRequests),
)
async def add_second_factor(
    request: web.Request, caller: Caller, body: AddSecondFactor
) -> SessionView:
    """Show the authenticator's code, or a recovery code, in the caller's session.

    The session is replaced by a new one with new tokens, in which its person's roles count; the
    old tokens end at once. Each code counts once. After five wrong codes in a row nothing is
    accepted for half a minute, which doubles with each further one, up to an hour (429 with
    Retry-After). Only who is signed in can try, so nobody can lock out somebody else.
    """
    async with transaction(request.app[DATABASE]) as conn:
        # Whoever ends the account's sessions at the same time ends the new one, too.
        if not await lock_account(conn, caller.person):
            raise NotSignedIn
        failures = await begin_try(conn, caller.person)
        method = await _accept(conn, request.app, caller, body)
        # A wrong try returns, so that its count is committed.
        await end_try(conn, caller.person, failures, accepted=method is not None)
        view = await upgrade_session(conn, request, caller, method) if method else None
    if view is None:
        _log.info("second_factor.not_accepted", account_id=str(caller.account_id))
        raise SecondFactorNotAccepted
    await request.app[VERIFIER].revocations.refresh()
    _log.info("session.upgraded", account_id=str(caller.account_id), method=method)
    return view


async def _accept(
    conn: Connection, app: web.Application, caller: Caller, body: AddSecondFactor
) -> Method | None:
    if body.totp is not None:
        return "otp" if await accept_totp(conn, app, caller.person, body.totp) else None
    typed = body.recovery_code or ""
    return "recovery" if await accept_recovery_code(conn, app, caller.person, typed) else None
