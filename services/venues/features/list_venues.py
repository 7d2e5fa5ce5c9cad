"""Find venues: what visitors choose from, what an operator has, what waits for the office."""

from datetime import datetime
from typing import Annotated, Final, Literal
from uuid import UUID

from aiohttp import web
from pydantic import Field

from services.venues.caching import readable
from services.venues.domain.life import STATES, State
from services.venues.fields import SlugOrId
from services.venues.views import VenueHead, VenueView, with_offerings
from shared.contracts.terms import OfferingKind
from shared.db import acquire, fetch_all
from shared.http.access import Caller, may
from shared.http.keys import CLOCK, DATABASE
from shared.http.models import Day, Page, Query
from shared.http.paging import Cursor, Limit, page_of, position_of
from shared.http.route import route

StateFilter = Literal[State, "any"]


class VenuesQuery(Query):
    """Which venues; all that is given must hold."""

    kind: OfferingKind | None = Field(None, description="It has an offering of this kind.")
    village: SlugOrId | None = None
    date: Day | None = Field(None, description="It has a slot that day (of the kind, if given).")
    q: Annotated[
        str | None,
        Field(min_length=1, max_length=100, description="Part of a name or of the summary."),
    ] = None
    organisation: UUID | None = None
    state: tuple[StateFilter, ...] = Field(
        ("published",), max_length=6, description="Repeat it for several; `any` is all of them."
    )
    cursor: Cursor | None = None
    limit: Limit = 20


# $4 whether the caller sees every venue, $5 the organisations that the caller works for.
LIST: Final = """
select
    v.venue_id,
    v.organisation_id,
    jsonb_build_object('village_id', g.village_id, 'slug', g.slug, 'name', g.name) as village,
    v.slug,
    v.name,
    v.summary,
    v.description,
    v.address,
    v.day_capacity,
    v.state,
    v.edit_version as version
from venues v
join villages g using (village_id)
where
    ($1::uuid is null or v.venue_id > $1)
    and v.state = any($3::text[])
    and (v.state = 'published' or $4 or v.organisation_id = any($5::uuid[]))
    and ($6::text is null or g.slug = $6 or g.village_id::text = $6)
    and ($7::uuid is null or v.organisation_id = $7)
    and (
        ($8::text is null and $9::date is null)
        or exists (
            select from offerings o
            where
                o.venue_id = v.venue_id
                and ($8::text is null or o.kind = $8)
                and (
                    $9::date is null
                    or exists (
                        select from slots s
                        where
                            s.offering_id = o.offering_id
                            and s.day = $9
                            and s.offered
                            and s.starts_at > $10
                    )
                )
        )
    )
    and (
        $11::text is null
        or v.search_text ilike $11
        or exists (
            select from offerings o
            where o.venue_id = v.venue_id and o.search_text ilike $11
        )
    )
order by v.venue_id
limit $2
"""

_ESCAPES: Final = str.maketrans({"\\": r"\\", "%": r"\%", "_": r"\_"})


@route("GET", "/v1/venues", access=may("public.read"))
async def list_venues(
    request: web.Request, caller: Caller | None, query: VenuesQuery
) -> Page[VenueView] | web.Response:
    """Find venues, in the order in which they were created.

    Without `state`, published ones. In other states the office sees all venues, operators see
    those of their organisations, and everybody else sees none.
    """
    arguments = _arguments(caller, query, request.app[CLOCK].now())
    async with acquire(request.app[DATABASE]) as conn:
        found = await fetch_all(conn, VenueHead, LIST, *arguments)
        heads, following = page_of(found, query.limit, lambda venue: venue.venue_id)
        items = await with_offerings(conn, heads)
    page = Page[VenueView].model_construct(items=items, next=following)
    return readable(request, caller, page)


def _arguments(caller: Caller | None, query: VenuesQuery, now: datetime) -> tuple[object, ...]:
    states = STATES if "any" in query.state else query.state
    text = (query.q or "").strip()
    sees_all = caller is not None and (caller.is_office or caller.service is not None)
    return (
        position_of(query.cursor),
        query.limit + 1,
        list(states),
        sees_all,
        list(caller.organisations) if caller is not None else [],
        query.village,
        query.organisation,
        query.kind,
        query.date,
        now,
        f"%{text.translate(_ESCAPES)}%" if text else None,
    )
