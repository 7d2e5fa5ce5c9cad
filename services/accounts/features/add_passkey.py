"""Add a passkey that a browser has made."""

from typing import Annotated, Final
from uuid import UUID

import structlog
from aiohttp import web
from pydantic import AfterValidator, Field, JsonValue
from webauthn.registration.verify_registration_response import VerifiedRegistration

from services.accounts.enrolment import Enrolled
from services.accounts.errors import (
    FreshSignInNeeded,
    PasskeyKnown,
    PasskeyNotAccepted,
    TooManyPasskeys,
)
from services.accounts.keys import PASSKEY_SITE
from services.accounts.opening import upgrade_session
from services.accounts.passkey_challenges import take_challenge
from services.accounts.passkeys import LONGEST_NAME, MOST_PASSKEYS, transports_of
from services.accounts.second_factors import lock_factors, replace_recovery_codes
from services.accounts.staff_audit import record_factor_change
from shared.core.errors import FreshSecondFactorNeeded, NotSignedIn
from shared.db import constraint_errors, transaction
from shared.http.access import Caller, may
from shared.http.keys import DATABASE, IDS, VERIFIER
from shared.http.models import Body, line
from shared.http.route import route


class AddPasskey(Body):
    """The browser's answer, as `PublicKeyCredential.toJSON` writes it, and a name for the list."""

    challenge_id: UUID
    name: Annotated[
        str,
        AfterValidator(line(LONGEST_NAME)),
        Field(json_schema_extra={"minLength": 1, "maxLength": LONGEST_NAME}),
    ]
    credential: dict[str, JsonValue]


COUNT: Final = "select count(*) from passkeys where account_id = $1"
ADD: Final = """
    insert into passkeys (
        id, account_id, credential_id, public_key, sign_count, name, transports
    )
    values ($1, $2, $3, $4, $5, $6, $7)
"""

_log: Final = structlog.get_logger()


@route(
    "POST",
    "/v1/me/passkeys",
    access=may("account.own"),
    status=201,
    errors=(
        PasskeyNotAccepted,
        PasskeyKnown,
        TooManyPasskeys,
        FreshSecondFactorNeeded,
        FreshSignInNeeded,
        NotSignedIn,
    ),
)
async def add_passkey(request: web.Request, caller: Caller, body: AddPasskey) -> Enrolled:
    """Add a passkey to the caller's account.

    It counts as the session's second factor: the answer has a new session, and ten recovery codes
    where the account had no second factor before. A challenge is used up by its first answer.
    """
    database = request.app[DATABASE]
    async with transaction(database) as conn:
        challenge = await take_challenge(conn, body.challenge_id, caller.person)
    made = request.app[PASSKEY_SITE].verify_new(body.credential, challenge.challenge)
    with constraint_errors({"passkeys_credential_is_unique": PasskeyKnown}):
        async with transaction(database) as conn:
            security = await lock_factors(conn, caller)
            if await conn.fetchval(COUNT, caller.person) >= MOST_PASSKEYS:
                raise TooManyPasskeys(most=MOST_PASSKEYS)
            passkey_id = request.app[IDS].new()
            await conn.execute(ADD, *_row(passkey_id, caller.person, body, made))
            added = {"passkey_id": passkey_id}
            await record_factor_change(conn, caller, "passkey.added", added)
            codes = None
            if not security.enrolled:
                codes = await replace_recovery_codes(conn, request.app, caller.person)
            session = await upgrade_session(conn, request, caller, "pop")
    await request.app[VERIFIER].revocations.refresh()
    _log.info("passkey.added", account_id=str(caller.account_id))
    return Enrolled(session=session, recovery_codes=codes)


def _row(
    passkey_id: UUID, account_id: UUID, body: AddPasskey, made: VerifiedRegistration
) -> tuple[object, ...]:
    return (
        passkey_id,
        account_id,
        made.credential_id,
        made.credential_public_key,
        made.sign_count,
        body.name,
        transports_of(body.credential),
    )
