"""How often the bookings of a venue are looked for by the end of a phone number.

Ten thousand searches would tell an operator all digits of all guests, whom lists show masked
(docs/domain.md rule 14). So those that find nothing are counted within an hour: of one person, and
of all people at the venue together. Those who arrive are found, and count for nothing.
"""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from services.bookings.errors import TooManyPhoneSearches
from shared.db import Connection, fetch_one

MOST_SEARCHES: Final = 30
MOST_SEARCHES_OF_ALL: Final = 90


@dataclass(frozen=True, slots=True)
class Searches:
    """How many found nothing within the hour, and the seconds until they count no more."""

    own: int
    of_all: int
    own_wait: int
    wait: int


# Parallel searches wait here for each other, and each sees the count of the one before: the lock
# lasts until what was found is known and counted.
LOCK_VENUE: Final = """
select pg_advisory_xact_lock(hashtextextended('bookings.phone_searches ' || $1::uuid::text, 0))
"""
READ_SEARCHES: Final = """
select
    coalesce(sum(tries) filter (where account_id = $2), 0)::integer as own,
    coalesce(sum(tries), 0)::integer as of_all,
    coalesce(min(wait) filter (where account_id = $2), 1) as own_wait,
    coalesce(min(wait), 1) as wait
from (
    select
        account_id, tries,
        greatest(
            1, ceil(extract(epoch from window_started_at + interval '1 hour' - now()))
        )::integer as wait
    from phone_searches
    where venue_id = $1 and window_started_at > now() - interval '1 hour'
) as counted
"""
COUNT_SEARCH: Final = """
insert into phone_searches as kept (venue_id, account_id, tries)
values ($1, $2, 1)
on conflict (venue_id, account_id) do update
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


async def check_phone_searches(conn: Connection, venue_id: UUID, account_id: UUID) -> None:
    """Let a search be made in the caller's transaction. Raises TooManyPhoneSearches.

    Also of one that would find somebody: its refusal says nothing.
    """
    await conn.execute(LOCK_VENUE, venue_id)
    made = await fetch_one(conn, Searches, READ_SEARCHES, venue_id, account_id)
    if made.own >= MOST_SEARCHES or made.of_all >= MOST_SEARCHES_OF_ALL:
        wait = made.own_wait if made.own >= MOST_SEARCHES else made.wait
        raise TooManyPhoneSearches(headers={"Retry-After": str(wait)}, retry_after_seconds=wait)


async def count_phone_search(conn: Connection, venue_id: UUID, account_id: UUID) -> None:
    """Count a search that found nothing, in the transaction that it was made in."""
    await conn.execute(COUNT_SEARCH, venue_id, account_id)
