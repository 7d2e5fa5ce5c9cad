"""Begin to sign in with a passkey."""

from uuid import UUID

from aiohttp import web
from pydantic import JsonValue

from services.accounts.keys import PASSKEY_SITE
from services.accounts.passkey_challenges import new_challenge
from shared.db import acquire
from shared.http.access import may
from shared.http.keys import DATABASE, IDS
from shared.http.models import Reply
from shared.http.route import route


class PasskeyToUse(Reply):
    """What a browser asks for a passkey by (`navigator.credentials.get`), within five minutes."""

    challenge_id: UUID
    options: dict[str, JsonValue]


@route("POST", "/v1/passkey-challenges", access=may("sign_in"), status=201)
async def prepare_passkey_sign_in(request: web.Request) -> PasskeyToUse:
    """Return what a browser asks its owner for a passkey by.

    `options` are PublicKeyCredentialRequestOptions as JSON (Web Authentication level 3, §5.1.9).
    They name nobody: the passkey itself says whose it is.
    """
    app = request.app
    async with acquire(app[DATABASE]) as conn:
        challenge = await new_challenge(conn, app[IDS], None)
    options = app[PASSKEY_SITE].request_options(challenge.challenge)
    return PasskeyToUse(challenge_id=challenge.id, options=options)
