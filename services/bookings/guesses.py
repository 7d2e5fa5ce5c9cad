"""How often a secret may be guessed at within an hour; only what was wrong counts.

Four digits open an order to whoever has its code, and find a guest of a venue, whom lists show
masked (docs/domain.md rule 14). Ten thousand tries would tell them all. So those in vain are
counted: of each who guesses, so that nobody locks others out alone, and of all together.
"""

import hashlib
import hmac
from dataclasses import dataclass
from typing import Final, Literal

from aiohttp import web

from services.bookings.keys import GUESSER_KEY
from shared.core.errors import ApiError
from shared.db import Connection, fetch_one


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


# Parallel tries wait here for each other, and each sees the count of the one before: the lock
# lasts until it is known whether this one was wrong, and counted.
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
    where secret = $1 and about = $2 and window_started_at > now() - interval '1 hour'
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
        when kept.window_started_at <= now() - interval '1 hour' then now()
        else kept.window_started_at
    end
"""


def guesser(app: web.Application, who: str) -> bytes:
    """Return what is kept of who guesses: the keyed hash of their account or address."""
    return hmac.digest(app[GUESSER_KEY], who.encode(), hashlib.sha256)


async def check_guesses(conn: Connection, secret: Secret, about: str, by: bytes) -> None:
    """Let a guess be made in the caller's transaction. Raises the secret's refusal.

    Also of one that would be right: its refusal says nothing.
    """
    await conn.execute(LOCK, secret.name, about)
    made = await fetch_one(conn, Tries, READ_TRIES, secret.name, about, by)
    waits = [
        made.own_wait if made.own >= secret.tries else 0,
        made.wait if made.of_all >= secret.tries_of_all else 0,
    ]
    if any(waits):
        seconds = max(waits)
        raise secret.refusal(headers={"Retry-After": str(seconds)}, retry_after_seconds=seconds)


async def count_guess(conn: Connection, secret: Secret, about: str, by: bytes) -> None:
    """Count a guess that was wrong, in the transaction that it was made in."""
    await conn.execute(COUNT_TRY, secret.name, about, by)
