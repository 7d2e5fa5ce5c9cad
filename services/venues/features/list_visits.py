"""List the caller's own visits: what they may review, and what they have."""

from datetime import date, datetime
from typing import Final
from uuid import UUID

from aiohttp import web

from services.venues.domain.reviewing import reviewable_until
from shared.core.localized import LocalizedText
from shared.db import acquire
from shared.http.access import Caller, may
from shared.http.keys import DATABASE
from shared.http.models import Page, Query, Reply
from shared.http.paging import Cursor, Limit, page_of, position_of
from shared.http.route import route


class VisitsQuery(Query):
    """Which page."""

    cursor: Cursor | None = None
    limit: Limit = 20


class VisitView(Reply):
    """A visit; `review_id` where it was reviewed, and until when it may be."""

    line_id: UUID
    order_id: UUID
    venue_id: UUID
    offering_id: UUID
    venue_name: LocalizedText
    day: date
    checked_in_at: datetime
    reviewable_until: datetime
    review_id: UUID | None


LIST: Final = """
select
    v.line_id,
    v.order_id,
    v.venue_id,
    v.offering_id,
    n.name as venue_name,
    v.day,
    t.checked_in_at,
    r.review_id
from visits v
join venues n using (venue_id)
cross join lateral (
    select min(checked_in_at) as checked_in_at from visit_tickets where line_id = v.line_id
) t
left join reviews r on r.line_id = v.line_id
where
    v.account_id = $1
    and ($2::uuid is null or v.line_id < $2)
    and t.checked_in_at is not null
order by v.line_id desc
limit $3
"""


@route("GET", "/v1/my-visits", access=may("review.write"))
async def list_visits(request: web.Request, caller: Caller, query: VisitsQuery) -> Page[VisitView]:
    """List where the caller came, the latest booked first; visits of 120 days ago are forgotten."""
    after = position_of(query.cursor)
    async with acquire(request.app[DATABASE]) as conn:
        rows = await conn.fetch(LIST, caller.person, after, query.limit + 1)
    found = [
        VisitView(**dict(row), reviewable_until=reviewable_until(row["checked_in_at"]))
        for row in rows
    ]
    items, following = page_of(found, query.limit, lambda visit: visit.line_id)
    return Page[VisitView](items=items, next=following)
