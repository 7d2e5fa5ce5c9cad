"""Let somebody in again who has lost all second factors."""

from typing import Final

import structlog
from aiohttp import web

from services.accounts.account_states import AccountPath, ForAReason
from services.accounts.api_keys import end_keys
from services.accounts.errors import NoSecondFactor, OwnAccount
from services.accounts.officers import lock_office
from services.accounts.present_rights import require_present
from services.accounts.revocations import end_sessions, revoke_tokens
from shared.core.errors import NotFound
from shared.db import transaction
from shared.http.access import Caller, may
from shared.http.idempotency import Idempotency
from shared.http.keys import DATABASE, IDS, VERIFIER
from shared.http.models import Reply
from shared.http.route import route
from shared.messaging import audit


class SecondFactorsReset(Reply):
    """How many second factors were taken away."""

    removed: int


# Whoever changes second factors waits here for each other.
LOCK: Final = "select id from accounts where id = $1 for no key update"
FORGET_AUTHENTICATOR: Final = """
    with gone as (delete from authenticators where account_id = $1 returning secret)
    select count(*) from gone where secret is not null
"""
FORGET_PASSKEYS: Final = """
    with gone as (delete from passkeys where account_id = $1 returning id)
    select count(*) from gone
"""
FORGET_RECOVERY_CODES: Final = "delete from recovery_codes where account_id = $1"
FORGET_TRIES: Final = "delete from second_factor_tries where account_id = $1"
RECORD: Final = """
    insert into second_factor_resets (id, account_id, reset_by, reason) values ($1, $2, $3, $4)
"""

_log: Final = structlog.get_logger()


@route(
    "POST",
    "/v1/accounts/{account_id}/second-factor-resets",
    access=may("account.close"),
    status=201,
    idempotent=True,
    errors=(NotFound, NoSecondFactor, OwnAccount),
)
async def reset_second_factors(
    request: web.Request,
    caller: Caller,
    path: AccountPath,
    body: ForAReason,
    idempotency: Idempotency,
) -> SecondFactorsReset:
    """Take all second factors from an account, for a reason, and end its sessions and API keys.

    Its person signs in by a code to their own address and sets up another factor; the office gets
    nobody's rights by this. Who asks for it has been recognised by other means before.
    """
    if path.account_id == caller.account_id:
        raise OwnAccount
    async with transaction(request.app[DATABASE]) as conn:
        if earlier := await idempotency.earlier(conn, SecondFactorsReset):
            return earlier
        await lock_office(conn)
        await require_present(conn, caller, "account.close")
        if await conn.fetchval(LOCK, path.account_id) is None:
            raise NotFound
        removed = await conn.fetchval(FORGET_AUTHENTICATOR, path.account_id)
        removed += await conn.fetchval(FORGET_PASSKEYS, path.account_id)
        if not removed:
            raise NoSecondFactor
        await conn.execute(FORGET_RECOVERY_CODES, path.account_id)
        await conn.execute(FORGET_TRIES, path.account_id)
        reset_id = request.app[IDS].new()
        await conn.execute(RECORD, reset_id, path.account_id, caller.account_id, body.reason)
        await end_sessions(conn, path.account_id, "ended_elsewhere")
        await end_keys(conn, path.account_id, caller.person)
        await revoke_tokens(conn, path.account_id)
        await audit.record(
            conn, caller, action="account.second_factors_reset", subject=path.account_id
        )
        view = SecondFactorsReset(removed=removed)
        await idempotency.keep(conn, view)
    await request.app[VERIFIER].revocations.refresh()
    _log.info("account.second_factors_reset", account_id=str(path.account_id))
    return view
