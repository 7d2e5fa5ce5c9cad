"""Give an order as a calendar file, for the visitor's own calendar."""

from typing import Final

from aiohttp import web
from icalendar import Calendar, Event

from services.bookings.keys import CONTACT_SEALER
from services.bookings.orders import find_order
from services.bookings.paths import OrderPath
from services.bookings.views import LineView, OrderView
from shared.core.clock import SHANGHAI
from shared.core.errors import NotFound
from shared.core.localized import Language
from shared.db import acquire
from shared.http.access import Caller, may
from shared.http.keys import CATALOGUE, DATABASE
from shared.http.models import Query
from shared.http.route import route

PRODUCT: Final = "-//Xiangyou//Bookings//ZH"


class CalendarQuery(Query):
    """In which language its texts are."""

    language: Language = "zh"


@route(
    "GET",
    "/v1/orders/{order_id}/tickets.ics",
    access=may("order.read"),
    errors=(NotFound,),
    produces="text/calendar",
)
async def show_calendar(
    request: web.Request, caller: Caller, path: OrderPath, query: CalendarQuery
) -> web.Response:
    """Give an order as an iCalendar file (RFC 5545), one event for each line that stands.

    An order without such a line has no calendar, and is not found here.
    """
    async with acquire(request.app[DATABASE]) as conn:
        order = await find_order(conn, request.app[CONTACT_SEALER], path.order_id, caller)
    note = request.app[CATALOGUE].text("calendar.code", query.language, code=order.code)
    standing = [line for line in order.lines if line.state == "kept"]
    if not standing:
        raise NotFound
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    for line in standing:
        calendar.add_component(_event(order, line, note, query.language))
    calendar.add_missing_timezones()
    return web.Response(
        body=calendar.to_ical(),
        content_type="text/calendar",
        charset="utf-8",
        headers={"Content-Disposition": f'attachment; filename="xiangyou-{order.code}.ics"'},
    )


def _event(order: OrderView, line: LineView, note: str, language: Language) -> Event:
    event = Event()
    # Stable, so that a calendar that imports the file twice keeps one event.
    event.add("uid", f"{line.line_id}@xiangyou")
    event.add("dtstamp", order.confirmed_at)
    event.add("dtstart", line.starts_at.astimezone(SHANGHAI))
    event.add("dtend", line.ends_at.astimezone(SHANGHAI))
    event.add("summary", f"{line.name.text(language)} · {line.venue_name.text(language)}")
    event.add("location", f"{line.address.text(language)}, {line.village_name.text(language)}")
    event.add("description", note)
    return event
