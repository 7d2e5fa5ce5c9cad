"""Sign in with a passkey, which is both factors in one."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

import structlog
from aiohttp import web
from pydantic import JsonValue

from services.accounts.errors import (
    AccountDeactivated,
    ConsentTextOutdated,
    PasskeyNotAccepted,
    PrivacyConsentNeeded,
    TooYoungForAccount,
)
from services.accounts.keys import PASSKEY_SITE
from services.accounts.opening import Shown, lock_active, open_session
from services.accounts.passkey_challenges import take_challenge
from services.accounts.passkeys import credential_id_of
from services.accounts.sessions import SessionView
from services.accounts.sign_in_consent import SignInConsent, agree, check_said
from shared.db import Connection, fetch_first, transaction
from shared.http.access import may
from shared.http.keys import DATABASE
from shared.http.route import route


class StartPasskeySession(SignInConsent):
    """The browser's answer, as `PublicKeyCredential.toJSON` writes it."""

    challenge_id: UUID
    credential: dict[str, JsonValue]


@dataclass(frozen=True, slots=True)
class Passkey:
    """A passkey that somebody has added."""

    id: UUID
    account_id: UUID
    public_key: bytes
    sign_count: int


FIND_HOLDER: Final = "select account_id from passkeys where credential_id = $1"
# Uses of one passkey wait here for each other, so that each compares with the count before it.
FIND: Final = """
    select id, account_id, public_key, sign_count
    from passkeys
    where credential_id = $1
    for no key update
"""
USE: Final = """
    update passkeys set sign_count = $2, last_used_at = clock_timestamp() where id = $1
"""

_log: Final = structlog.get_logger()


@route(
    "POST",
    "/v1/sessions/passkeys",
    access=may("sign_in"),
    status=201,
    errors=(
        PasskeyNotAccepted,
        AccountDeactivated,
        ConsentTextOutdated,
        PrivacyConsentNeeded,
        TooYoungForAccount,
    ),
)
async def start_passkey_session(request: web.Request, body: StartPasskeySession) -> SessionView:
    """Sign in with a passkey; the session has both factors at once.

    Possession of the device is one factor, its owner's PIN, finger or face the other, which is
    always asked for. A challenge is used up by its first answer; a passkey whose counter does not
    rise is a copy, and refused. Every refusal of a passkey looks alike. Its holder agrees to the
    privacy notice as at `POST /v1/sessions`: where that is wanting the answer is 409, and they come
    again with a new challenge.
    """
    check_said(request.app, body)
    database = request.app[DATABASE]
    async with transaction(database) as conn:
        challenge = await take_challenge(conn, body.challenge_id, None)
    async with transaction(database) as conn:
        # The account is locked first, as everywhere; that it is closed is told to its holder only.
        holder = await conn.fetchval(FIND_HOLDER, credential_id_of(body.credential))
        is_active = holder is not None and await lock_active(conn, holder)
        passkey = await _judge(conn, request.app, body, challenge.challenge)
        if not is_active:
            raise AccountDeactivated
        await agree(conn, request.app, passkey.account_id, body)
        view = await open_session(
            conn, request, passkey.account_id, Shown("pop", both_factors=True)
        )
    _log.info("session.started", account_id=str(view.account_id), method="passkey")
    return view


async def _judge(
    conn: Connection, app: web.Application, body: StartPasskeySession, challenge: bytes
) -> Passkey:
    """Return the passkey that signed the challenge. Raises PasskeyNotAccepted."""
    passkey = await fetch_first(conn, Passkey, FIND, credential_id_of(body.credential))
    if passkey is None:
        raise PasskeyNotAccepted
    used = app[PASSKEY_SITE].verify_use(
        body.credential, challenge, passkey.public_key, passkey.sign_count
    )
    await conn.execute(USE, passkey.id, used.new_sign_count)
    return passkey
