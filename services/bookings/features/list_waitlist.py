"""List who waits for a venue's slots, for its operator: how many and how large, no names."""

from datetime import datetime
from typing import Final
from uuid import UUID

from aiohttp import web
from pydantic import Field

from services.bookings.paths import VenuePath
from services.bookings.venue_access import check_works_at
from shared.core.errors import NotFound
from shared.core.localized import LocalizedText
from shared.db import acquire, fetch_all
from shared.http.access import Caller, may
from shared.http.keys import DATABASE
from shared.http.models import Day, Query, Reply
from shared.http.route import route

MOST_TIMES: Final = 500


class WaitlistQuery(Query):
    """From which day on, until which; without a word, all that is wished for."""

    from_day: Day | None = Field(None, alias="from")
    to: Day | None = None


class WaitingSize(Reply):
    """How many parties of one size wait."""

    persons: int
    parties: int


class WaitedFor(Reply):
    """Who waits for one time of an offering; a stay's by its first night and length.

    `parties` wait, `offered` of them have an offer to answer, `persons` are all their people, and
    `sizes` say how the parties are made up. A party that would take several times counts at each.
    """

    offering_id: UUID
    offering_name: LocalizedText
    starts_at: datetime
    nights: int
    parties: int
    offered: int
    persons: int
    sizes: list[WaitingSize]


class VenueWaitlist(Reply):
    """What is waited for, in the order of its beginning; the first 500 times."""

    items: list[WaitedFor]


FIND_WAITED_FOR: Final = """
with waiting as (
    select
        wish.offering_id, wish.begins_at, coalesce(wish.nights, 0) as nights, entry.persons,
        count(*) as parties,
        count(*) filter (where entry.state = 'offered') as offered
    from waitlist_wishes as wish
    join waitlist_entries as entry using (entry_id)
    join offerings on offerings.offering_id = wish.offering_id
    where offerings.venue_id = $1
        and wish.registered
        and wish.bookable_until > now()
        and ($2::date is null or wish.begins_at::date >= $2)
        and ($3::date is null or wish.begins_at::date <= $3)
    group by wish.offering_id, wish.begins_at, wish.nights, entry.persons
)
select
    waiting.offering_id, offerings.name as offering_name, waiting.begins_at as starts_at,
    waiting.nights, sum(waiting.parties)::integer as parties,
    sum(waiting.offered)::integer as offered,
    sum(waiting.persons * waiting.parties)::integer as persons,
    jsonb_agg(
        jsonb_build_object('persons', waiting.persons, 'parties', waiting.parties)
        order by waiting.persons
    ) as sizes
from waiting
join offerings on offerings.offering_id = waiting.offering_id
group by waiting.offering_id, offerings.name, waiting.begins_at, waiting.nights
order by waiting.begins_at, waiting.offering_id, waiting.nights
limit $4
"""


@route("GET", "/v1/venues/{venue_id}/waitlist", access=may("arrivals.read"), errors=(NotFound,))
async def list_waitlist(
    request: web.Request, caller: Caller, path: VenuePath, query: WaitlistQuery
) -> VenueWaitlist:
    """List how many parties wait for a venue's times. A venue of another operator is not found."""
    async with acquire(request.app[DATABASE]) as conn:
        await check_works_at(conn, path.venue_id, caller, "arrivals.read")
        items = await fetch_all(
            conn,
            WaitedFor,
            FIND_WAITED_FOR,
            path.venue_id,
            query.from_day,
            query.to,
            MOST_TIMES,
        )
    return VenueWaitlist(items=items)
