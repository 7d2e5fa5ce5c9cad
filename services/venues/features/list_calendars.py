"""List the years that are known, and those that are missing."""

from aiohttp import web

from services.venues.years import KnownYear, MissingYear, known_years, missing_years
from shared.db import acquire
from shared.http.access import may
from shared.http.keys import CLOCK, DATABASE
from shared.http.models import Reply
from shared.http.route import route


class Calendars(Reply):
    """Known and missing years, each in their order."""

    known: list[KnownYear]
    missing: list[MissingYear]


@route("GET", "/v1/calendars", access=may("public.read"))
async def list_calendars(request: web.Request) -> Calendars:
    """List the years whose holidays are known, and those that schedules wait for.

    No slots are made in a year that is not known, because opening hours and prices depend on what
    kind of day a day is. Once the year is entered, its slots follow by themselves.
    """
    async with acquire(request.app[DATABASE]) as conn:
        return Calendars(
            known=await known_years(conn),
            missing=await missing_years(conn, request.app[CLOCK].now()),
        )
