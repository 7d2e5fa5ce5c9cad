"""List changes that matter to visitors: those that wait for the office, and what became of them."""

from typing import Annotated, Final
from uuid import UUID

from aiohttp import web
from pydantic import Field

from services.venues.changing.proposals import ProposalState, ProposalView
from shared.db import acquire, fetch_all
from shared.http.access import Caller, may
from shared.http.keys import DATABASE
from shared.http.models import Page, Query
from shared.http.paging import Cursor, Limit, page_of, position_of
from shared.http.route import route


class ProposalsQuery(Query):
    """Which proposals; all that is given must hold."""

    state: ProposalState = Field(
        "pending", description="`applied` are those that went live at once, for the office to see."
    )
    venue: Annotated[UUID | None, Field(description="Only about this venue.")] = None
    cursor: Cursor | None = None
    limit: Limit = 20


# $5 whether the caller sees every venue; $6 and $7 the organisations that the caller works for,
# each with a venue, or with null for all of its venues.
LIST: Final = """
select
    p.proposal_id,
    p.venue_id,
    p.offering_id,
    v.organisation_id,
    p.state,
    p.changes,
    p.base,
    p.significance,
    p.proposed_by,
    p.proposed_at,
    p.decided_by,
    p.decided_at,
    p.reason
from change_proposals p
join venues v using (venue_id)
where
    p.state = $1
    and ($2::uuid is null or p.proposal_id > $2)
    and ($3::uuid is null or p.venue_id = $3)
    and (
        $5
        or exists (
            select from unnest($6::uuid[], $7::uuid[]) as reach (organisation_id, venue_id)
            where
                reach.organisation_id = v.organisation_id
                and coalesce(reach.venue_id, v.venue_id) = v.venue_id
        )
    )
order by p.proposal_id
limit $4
"""


@route("GET", "/v1/change-proposals", access=may("venue.read"))
async def list_change_proposals(
    request: web.Request, caller: Caller, query: ProposalsQuery
) -> Page[ProposalView]:
    """List proposed changes in one state, the longest waiting first.

    The office sees all of them, operators those of their venues.
    """
    reach = caller.reach("venue.read")
    async with acquire(request.app[DATABASE]) as conn:
        found = await fetch_all(
            conn,
            ProposalView,
            LIST,
            query.state,
            position_of(query.cursor),
            query.venue,
            query.limit + 1,
            caller.is_office,
            reach.organisations,
            reach.venues,
        )
    items, following = page_of(found, query.limit, lambda one: one.proposal_id)
    return Page[ProposalView](items=items, next=following)
