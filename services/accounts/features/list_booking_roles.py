"""List who books for others."""

from aiohttp import web
from pydantic import Field

from services.accounts.keys import CONTACTS
from services.accounts.officers import OfficerView, find_officers
from shared.db import acquire
from shared.http.access import may
from shared.http.keys import DATABASE
from shared.http.models import Page, Query
from shared.http.route import route

# Villages have a helper or two, companies an organiser: the district has hundreds at most.
MOST: int = 1000


class ListBookingRoles(Query):
    """The whole list."""

    limit: int = Field(200, ge=1, le=MOST)


@route("GET", "/v1/booking-roles", access=may("role.manage"))
async def list_booking_roles(request: web.Request, query: ListBookingRoles) -> Page[OfficerView]:
    """List who books for others, with masked names and addresses."""
    contacts = request.app[CONTACTS]
    async with acquire(request.app[DATABASE]) as conn:
        found = await find_officers(conn, most=query.limit, office=False)
    return Page[OfficerView](items=[holder.view(contacts) for holder in found], next=None)
