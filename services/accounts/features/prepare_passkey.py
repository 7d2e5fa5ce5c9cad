"""Begin to add a passkey."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from aiohttp import web
from pydantic import JsonValue

from services.accounts.account_names import account_name
from services.accounts.errors import FreshSignInNeeded, TooManyPasskeys
from services.accounts.keys import PASSKEY_SITE
from services.accounts.passkey_challenges import new_challenge
from services.accounts.passkeys import MOST_PASSKEYS, Holder
from services.accounts.second_factors import lock_factors
from shared.core.errors import FreshSecondFactorNeeded
from shared.db import fetch_all, transaction
from shared.http.access import Caller, may
from shared.http.keys import DATABASE, IDS
from shared.http.models import Reply
from shared.http.route import route


class PasskeyToMake(Reply):
    """What a browser makes a passkey by (`navigator.credentials.create`), within five minutes."""

    challenge_id: UUID
    options: dict[str, JsonValue]


@dataclass(frozen=True, slots=True)
class Known:
    """A passkey that the account has."""

    credential_id: bytes


FIND: Final = "select credential_id from passkeys where account_id = $1 order by id"


@route(
    "POST",
    "/v1/me/passkey-challenges",
    access=may("account.own"),
    status=201,
    errors=(FreshSecondFactorNeeded, FreshSignInNeeded, TooManyPasskeys),
)
async def prepare_passkey(request: web.Request, caller: Caller) -> PasskeyToMake:
    """Return what the caller's browser makes a passkey by.

    `options` are PublicKeyCredentialCreationOptions as JSON (Web Authentication level 3, §5.1.9).
    Takes no Idempotency-Key: each try has a challenge of its own, which is gone after five minutes.
    """
    app, account_id = request.app, caller.person
    async with transaction(app[DATABASE]) as conn:
        await lock_factors(conn, caller)
        known = await fetch_all(conn, Known, FIND, account_id)
        if len(known) >= MOST_PASSKEYS:
            raise TooManyPasskeys(most=MOST_PASSKEYS)
        holder = Holder(account_id, await account_name(conn, app, account_id))
        challenge = await new_challenge(conn, app[IDS], account_id)
    ids = [one.credential_id for one in known]
    options = app[PASSKEY_SITE].creation_options(challenge.challenge, holder, ids)
    return PasskeyToMake(challenge_id=challenge.id, options=options)
