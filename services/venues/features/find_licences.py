"""Find licences: what the office has to decide about, and what ends soon."""

from datetime import timedelta
from typing import Annotated, Final

from aiohttp import web
from pydantic import Field

from services.venues.domain.licences import LicenceState
from services.venues.licence_views import LicenceView
from shared.core.clock import local_day
from shared.db import acquire, fetch_all
from shared.http.access import Caller, may
from shared.http.keys import CLOCK, DATABASE
from shared.http.models import Page, Query
from shared.http.paging import Cursor, Limit, page_of, position_of
from shared.http.route import route


class LicencesQuery(Query):
    """Which licences; all that is given must hold."""

    expiring_within_days: Annotated[
        int | None,
        Field(ge=0, le=366, description="Its last day is today, or so many days away at most."),
    ] = None
    state: LicenceState | None = None
    cursor: Cursor | None = None
    limit: Limit = 50


# $6 whether the caller sees every licence, $7 and $8 of which organisations and venues, if not.
FIND: Final = """
select
    l.licence_id,
    l.venue_id,
    v.organisation_id,
    v.name as venue_name,
    l.kind,
    l.number,
    l.issued_by,
    l.valid_from,
    l.valid_until,
    l.valid_until - $1::date as days_left,
    l.document_type,
    l.state,
    l.refused_because,
    l.entered_at,
    l.decided_at,
    l.edit_version as version
from licences l
join venues v using (venue_id)
where
    ($2::date is null or l.valid_until between $1 and $2)
    and ($3::text is null or l.state = $3)
    and (
        $4::uuid is null
        or (l.valid_until, l.licence_id) > (
            select valid_until, licence_id from licences where licence_id = $4
        )
    )
    and (
        $6
        or exists (
            select from unnest($7::uuid[], $8::uuid[]) as reach (organisation_id, venue_id)
            where
                reach.organisation_id = v.organisation_id
                and coalesce(reach.venue_id, v.venue_id) = v.venue_id
        )
    )
order by l.valid_until, l.licence_id
limit $5
"""


@route("GET", "/v1/licences", access=may("licence.read"))
async def find_licences(
    request: web.Request, caller: Caller, query: LicencesQuery
) -> Page[LicenceView]:
    """Find licences by state and by how soon they end, the soonest first.

    The office finds all, an operator those of their own venues.
    """
    today = local_day(request.app[CLOCK].now())
    within = query.expiring_within_days
    reach = caller.reach("licence.read")
    async with acquire(request.app[DATABASE]) as conn:
        found = await fetch_all(
            conn,
            LicenceView,
            FIND,
            today,
            None if within is None else today + timedelta(days=within),
            query.state,
            position_of(query.cursor),
            query.limit + 1,
            caller.is_office,
            reach.organisations,
            reach.venues,
        )
    items, following = page_of(found, query.limit, lambda one: one.licence_id)
    return Page[LicenceView](items=items, next=following)
