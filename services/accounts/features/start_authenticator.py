"""Begin to set up an authenticator app."""

from datetime import datetime
from typing import Final

from aiohttp import web

from services.accounts.account_names import account_name
from services.accounts.domain.second_factors import PENDING_MINUTES, new_authenticator
from services.accounts.errors import FreshSignInNeeded
from services.accounts.keys import VAULT
from services.accounts.second_factors import lock_factors
from shared.core.errors import FreshSecondFactorNeeded
from shared.db import transaction
from shared.http.access import Caller, may
from shared.http.keys import DATABASE
from shared.http.models import Reply
from shared.http.route import route


class AuthenticatorStarted(Reply):
    """What the app is told, by typing or by the QR code of `uri`, and until when it waits."""

    secret: str
    uri: str
    confirm_until: datetime


START: Final = """
    insert into authenticators as kept (account_id, pending_secret, pending_until)
    values ($1, $2, now() + make_interval(mins => $3))
    on conflict (account_id) do update
    set pending_secret = excluded.pending_secret, pending_until = excluded.pending_until
    returning pending_until
"""


@route(
    "POST",
    "/v1/me/second-factors/totp",
    access=may("account.own"),
    status=201,
    errors=(FreshSecondFactorNeeded, FreshSignInNeeded),
)
async def start_authenticator(request: web.Request, caller: Caller) -> AuthenticatorStarted:
    """Make a secret for the caller's authenticator app, which waits to be confirmed by a code.

    An authenticator that is in use stays so until then. Takes no Idempotency-Key, because its
    answer is a secret that is never kept in the clear; starting again makes a new one.
    """
    account_id = caller.person
    async with transaction(request.app[DATABASE]) as conn:
        await lock_factors(conn, caller)
        made = new_authenticator(await account_name(conn, request.app, account_id))
        sealed = request.app[VAULT].seal(made.secret, account_id)
        until = await conn.fetchval(START, account_id, sealed, PENDING_MINUTES)
    return AuthenticatorStarted(secret=made.secret, uri=made.uri, confirm_until=until)
