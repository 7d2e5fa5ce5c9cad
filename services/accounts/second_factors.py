"""What an account has of second factors, and trying one."""

import math
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from aiohttp import web

from services.accounts.domain.second_factors import (
    FRESH_SIGN_IN_MINUTES,
    accepted_step,
    new_recovery_codes,
    normalised_recovery_code,
    wait_seconds,
)
from services.accounts.errors import FreshSignInNeeded, SecondFactorNeeded
from services.accounts.keys import VAULT
from services.accounts.locks import lock_account
from shared.core.errors import FreshSecondFactorNeeded, TooManyRequests
from shared.core.permissions import FRESH_MINUTES
from shared.db import Connection, fetch_first, fetch_one
from shared.http.access import Caller
from shared.http.keys import CLOCK


@dataclass(frozen=True, slots=True)
class Tries:
    """Wrong codes in a row, and how long nothing is accepted yet."""

    failures: int
    left: timedelta


@dataclass(frozen=True, slots=True)
class Confirmed:
    """An authenticator's secret, sealed, and the step that was used last."""

    secret: bytes
    last_step: int


@dataclass(frozen=True, slots=True)
class Security:
    """Whether an account has second factors, and whether its session has just shown one."""

    enrolled: bool
    fresh: bool
    # Whether the session itself began a moment ago.
    just_signed_in: bool


# Makes the row where there is none. Whoever tries at the same time waits for it, and sees the
# count of the one before.
MAKE_TRIES: Final = """
    insert into second_factor_tries (account_id) values ($1) on conflict do nothing
"""
LOCK_TRIES: Final = """
    select failures, next_try_at - clock_timestamp() as "left"
    from second_factor_tries
    where account_id = $1
    for update
"""
COUNT_FAILURE: Final = """
    update second_factor_tries
    set failures = $2, next_try_at = clock_timestamp() + make_interval(secs => $3)
    where account_id = $1
"""
FORGET_FAILURES: Final = "update second_factor_tries set failures = 0 where account_id = $1"
FIND_CONFIRMED: Final = """
    select secret, last_step from authenticators where account_id = $1 and secret is not null
"""
USE_STEP: Final = """
    update authenticators set last_step = $2 where account_id = $1 and last_step < $2
    returning last_step
"""
USE_RECOVERY_CODE: Final = """
    update recovery_codes
    set used_at = clock_timestamp()
    where account_id = $1 and code_hash = $2 and used_at is null
    returning account_id
"""
DELETE_RECOVERY_CODES: Final = "delete from recovery_codes where account_id = $1"
# Recovery codes stand in for a second factor; without any they stand in for nothing.
FORGET_RECOVERY_CODES: Final = """
    delete from recovery_codes
    where account_id = $1
        and not exists (select from authenticators where account_id = $1 and secret is not null)
        and not exists (select from passkeys where account_id = $1)
"""
ADD_RECOVERY_CODES: Final = """
    insert into recovery_codes (account_id, code_hash)
    select $1, unnest($2::bytea[])
"""
FIND_SECURITY: Final = """
    select
        exists (select from authenticators where account_id = $1 and secret is not null)
            or exists (select from passkeys where account_id = $1) as enrolled,
        coalesce(
            (
                select second_factor_at > clock_timestamp() - make_interval(mins => $3)
                from sessions
                where id = $2 and account_id = $1 and revoked_at is null
            ),
            false
        ) as fresh,
        exists (
            select from sessions
            where id = $2 and account_id = $1 and revoked_at is null
                and created_at > clock_timestamp() - make_interval(mins => $4)
        ) as just_signed_in
"""
IS_WHOLE: Final = """
    select
        not exists (select from authenticators where account_id = $1 and secret is not null)
            and not exists (select from passkeys where account_id = $1)
        or exists (
            select from sessions
            where id = $2 and account_id = $1 and revoked_at is null
                and second_factor_at is not null
        )
"""


IS_FRESH: Final = """
    select exists (
        select from sessions
        where id = $1 and account_id = $2 and revoked_at is null
            and created_at > clock_timestamp() - make_interval(mins => $3)
    )
"""


async def begin_try(conn: Connection, account_id: UUID) -> int:
    """Return the number of wrong codes before this try, which waits for those beside it.

    Raises TooManyRequests, with Retry-After, where there were too many.
    """
    await conn.execute(MAKE_TRIES, account_id)
    tries = await fetch_one(conn, Tries, LOCK_TRIES, account_id)
    seconds = math.ceil(tries.left.total_seconds())
    if seconds > 0:
        raise TooManyRequests(headers={"Retry-After": str(seconds)}, retry_after_seconds=seconds)
    return tries.failures


async def end_try(conn: Connection, account_id: UUID, failures: int, *, accepted: bool) -> None:
    """Count a try that began after so many wrong ones. Must be committed in both cases."""
    if accepted:
        await conn.execute(FORGET_FAILURES, account_id)
    else:
        await conn.execute(COUNT_FAILURE, account_id, failures + 1, wait_seconds(failures + 1))


async def accept_totp(conn: Connection, app: web.Application, account_id: UUID, code: str) -> bool:
    """Tell whether a code is the authenticator's; it is used up by that."""
    kept = await fetch_first(conn, Confirmed, FIND_CONFIRMED, account_id)
    if kept is None:
        return False
    secret = app[VAULT].open(kept.secret, account_id)
    step = accepted_step(secret, code, app[CLOCK].now(), kept.last_step)
    return step is not None and await conn.fetchval(USE_STEP, account_id, step) is not None


async def accept_recovery_code(
    conn: Connection, app: web.Application, account_id: UUID, typed: str
) -> bool:
    """Tell whether a recovery code is good; it is used up by that."""
    code = normalised_recovery_code(typed)
    if code is None:
        return False
    code_hash = app[VAULT].recovery_hash(code, account_id)
    return await conn.fetchval(USE_RECOVERY_CODE, account_id, code_hash) is not None


async def replace_recovery_codes(
    conn: Connection, app: web.Application, account_id: UUID
) -> list[str]:
    """Void the recovery codes, and return ten new ones: nobody sees them again."""
    codes = new_recovery_codes()
    hashes = [
        app[VAULT].recovery_hash(normalised_recovery_code(code) or "", account_id) for code in codes
    ]
    await conn.execute(DELETE_RECOVERY_CODES, account_id)
    await conn.execute(ADD_RECOVERY_CODES, account_id, hashes)
    return codes


async def forget_recovery_codes(conn: Connection, account_id: UUID) -> None:
    """Forget the recovery codes of an account that has no second factor any more."""
    await conn.execute(FORGET_RECOVERY_CODES, account_id)


async def require_fresh_person(conn: Connection, caller: Caller) -> None:
    """Let on who has just signed in, with a second factor where the account has one.

    For what concerns the whole person. Raises FreshSignInNeeded and SecondFactorNeeded.
    """
    account_id, session_id = caller.person, caller.session_id
    if not await conn.fetchval(IS_FRESH, session_id, account_id, FRESH_SIGN_IN_MINUTES):
        raise FreshSignInNeeded(minutes=FRESH_SIGN_IN_MINUTES)
    if not await conn.fetchval(IS_WHOLE, account_id, session_id):
        raise SecondFactorNeeded


async def lock_factors(conn: Connection, caller: Caller) -> Security:
    """Let one change of an account's second factors happen at a time; return what it has.

    Raises FreshSecondFactorNeeded where the account has a second factor and the caller's session
    has shown none in the last ten minutes: a mailbox alone must not bring in another factor. Where
    it has none, raises FreshSignInNeeded for a session that is older than a quarter of an hour:
    whoever finds an open browser must not lock its owner out by a factor of their own.
    """
    await lock_account(conn, caller.person)
    security = await fetch_one(
        conn,
        Security,
        FIND_SECURITY,
        caller.person,
        caller.session_id,
        FRESH_MINUTES,
        FRESH_SIGN_IN_MINUTES,
    )
    if security.enrolled and not security.fresh:
        raise FreshSecondFactorNeeded(minutes=FRESH_MINUTES)
    if not security.enrolled and not security.just_signed_in:
        raise FreshSignInNeeded(minutes=FRESH_SIGN_IN_MINUTES)
    return security
