"""List one's own second factors."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from aiohttp import web

from shared.db import acquire, fetch_all, fetch_one
from shared.http.access import Caller, may
from shared.http.keys import DATABASE
from shared.http.models import Reply
from shared.http.route import route


class PasskeyView(Reply):
    """A passkey by the name that its person gave it."""

    passkey_id: UUID
    name: str
    created_at: datetime
    last_used_at: datetime | None


class SecondFactorsView(Reply):
    """What an account has: an authenticator (since when), recovery codes left, passkeys."""

    authenticator_since: datetime | None
    recovery_codes_left: int
    passkeys: list[PasskeyView]


@dataclass(frozen=True, slots=True)
class Kept:
    """What is kept besides passkeys."""

    authenticator_since: datetime | None
    recovery_codes_left: int


FIND: Final = """
    select
        (select confirmed_at from authenticators where account_id = $1) as authenticator_since,
        (
            select count(*) from recovery_codes where account_id = $1 and used_at is null
        )::integer as recovery_codes_left
"""
# An account has ten at most.
FIND_PASSKEYS: Final = """
    select id as passkey_id, name, created_at, last_used_at
    from passkeys
    where account_id = $1
    order by id
"""


@route("GET", "/v1/me/second-factors", access=may("account.own"))
async def list_second_factors(request: web.Request, caller: Caller) -> SecondFactorsView:
    """List the caller's second factors: authenticator, recovery codes that are left, passkeys."""
    async with acquire(request.app[DATABASE]) as conn:
        kept = await fetch_one(conn, Kept, FIND, caller.account_id)
        passkeys = await fetch_all(conn, PasskeyView, FIND_PASSKEYS, caller.account_id)
    return SecondFactorsView(
        authenticator_since=kept.authenticator_since,
        recovery_codes_left=kept.recovery_codes_left,
        passkeys=passkeys,
    )
