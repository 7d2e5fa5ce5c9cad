"""How often a secret may be guessed at within an hour; only what was wrong counts.

Four digits open an order to whoever has its code, and find a guest of a venue, whom lists show
masked (docs/domain.md rule 14). Ten thousand tries would tell them all. So those in vain are
counted: of each who guesses, so that nobody locks others out alone, and of all together.
"""

import hashlib
import hmac
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final, Literal

from aiohttp import web

from services.bookings.keys import GUESSER_KEY
from shared.core.errors import ApiError
from shared.db import Connection, fetch_one, transaction
from shared.http.keys import DATABASE


@dataclass(frozen=True, slots=True)
class Secret:
    """What can be guessed at, how often within an hour by one and by all, and the refusal."""

    name: Literal["order_phone", "guest_phone"]
    tries: int
    tries_of_all: int
    refusal: type[ApiError]


@dataclass(frozen=True, slots=True)
class Tries:
    """How often it was tried in vain within the hour: by this one, and by all.

    `own_wait` and `wait` are the seconds until the first of their hours is over.
    """

    own: int
    of_all: int
    own_wait: int
    wait: int


@dataclass(slots=True)
class Guess:
    """A guess that is being looked at: set `right` where it is."""

    right: bool = False


# Parallel tries wait here for each other, and each sees the count of the one before.
LOCK: Final = "select pg_advisory_xact_lock(hashtextextended('bookings.guesses ' || $1 || $2, 0))"

# There are never more than may be, so that the end of any hour lets one more through.
READ_TRIES: Final = """
select
    coalesce(sum(tries) filter (where by = $3), 0)::integer as own,
    coalesce(sum(tries), 0)::integer as of_all,
    coalesce(min(seconds) filter (where by = $3), 1) as own_wait,
    coalesce(min(seconds), 1) as wait
from (
    select
        by,
        tries,
        greatest(
            1, ceil(extract(epoch from window_started_at + interval '1 hour' - now()))
        )::integer as seconds
    from guesses
    where secret = $1
        and about = $2
        and tries > 0
        and window_started_at > now() - interval '1 hour'
) as counted
"""
COUNT_TRY: Final = """
insert into guesses as kept (secret, about, by, tries)
values ($1, $2, $3, 1)
on conflict (secret, about, by) do update
set
    tries = case
        when kept.window_started_at <= now() - interval '1 hour' then 1
        else kept.tries + 1
    end,
    window_started_at = case
        when kept.tries = 0 or kept.window_started_at <= now() - interval '1 hour' then now()
        else kept.window_started_at
    end
"""
TAKE_BACK: Final = """
update guesses
set tries = tries - 1
where secret = $1 and about = $2 and by = $3 and tries > 0
"""


@asynccontextmanager
async def guessing(
    app: web.Application, secret: Secret, about: str, who: str
) -> AsyncIterator[Guess]:
    """Let somebody guess: it counts while it is looked at, and after that unless it was right.

    Whoever breaks off has guessed. The caller is in no transaction. Raises the secret's refusal,
    also for a guess that would be right: so it says nothing.
    """
    by = hmac.digest(app[GUESSER_KEY], who.encode(), hashlib.sha256)
    async with transaction(app[DATABASE]) as conn:
        await conn.execute(LOCK, secret.name, about)
        await _check(conn, secret, about, by)
        await conn.execute(COUNT_TRY, secret.name, about, by)
    guess = Guess()
    yield guess
    if guess.right:
        async with transaction(app[DATABASE]) as conn:
            await conn.execute(TAKE_BACK, secret.name, about, by)


async def _check(conn: Connection, secret: Secret, about: str, by: bytes) -> None:
    made = await fetch_one(conn, Tries, READ_TRIES, secret.name, about, by)
    waits = [
        made.own_wait if made.own >= secret.tries else 0,
        made.wait if made.of_all >= secret.tries_of_all else 0,
    ]
    if any(waits):
        seconds = max(waits)
        raise secret.refusal(headers={"Retry-After": str(seconds)}, retry_after_seconds=seconds)
