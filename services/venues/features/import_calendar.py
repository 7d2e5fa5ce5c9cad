"""Read a year from a CSV file, and show what it would change before it counts."""

from typing import Annotated, Final

from aiohttp import web
from pydantic import Field

from services.venues.calendar_effects import calendar_effect, effect_view
from services.venues.calendar_imports import CalendarImportView, import_view
from services.venues.domain.calendar import FIRST_YEAR, LAST_YEAR
from services.venues.domain.calendar_file import LONGEST_BYTES, DecreedDay, read_calendar_file
from services.venues.fields import CalendarSource
from shared.core.errors import ValidationFailed
from shared.db import acquire, transaction
from shared.http.access import Caller, may
from shared.http.idempotency import Idempotency
from shared.http.keys import CLOCK, DATABASE, IDS
from shared.http.models import Body
from shared.http.route import route
from shared.http.validation import field_error
from shared.messaging import audit

# How many faults of a file are named at once.
MOST_FAULTS: Final = 50


class ImportCalendar(Body):
    """A year's decreed days as a file, and the notice that decrees them."""

    year: Annotated[int, Field(ge=FIRST_YEAR, le=LAST_YEAR)]
    source: CalendarSource
    csv: Annotated[
        str,
        Field(
            min_length=1,
            max_length=LONGEST_BYTES,
            description="UTF-8 text, 64 kB at most, with the header day,day_type,name_zh,name_en; "
            "day_type is holiday or make_up_workday.",
        ),
    ]


INSERT: Final = """
insert into calendar_imports (import_id, year, source, days, based_on, imported_by)
values (
    $1, $2::integer, $3, $4, coalesce((select version from calendars where year = $2::integer), 0),
    $5
)
"""


@route(
    "POST",
    "/v1/calendar-imports",
    access=may("calendar.change"),
    rate_class="heavy",
    status=201,
    idempotent=True,
)
async def import_calendar(
    request: web.Request, caller: Caller, body: ImportCalendar, idempotency: Idempotency
) -> CalendarImportView:
    """Keep a year as a file says it, and show what would change; it counts once it is approved.

    What is wrong in the file is said row by row, the header being row 1. Orders in slots that would
    go are counted by bookings: while it is away, such a file can't be taken.
    """
    days, now = _days(body), request.app[CLOCK].now()
    async with acquire(request.app[DATABASE]) as conn:
        effect = await calendar_effect(conn, body.year, days, now)
    shown = await effect_view(request.app, effect)
    async with transaction(request.app[DATABASE]) as conn:
        if earlier := await idempotency.earlier(conn, CalendarImportView):
            return earlier
        import_id = request.app[IDS].new()
        await conn.execute(
            INSERT,
            import_id,
            body.year,
            body.source,
            [
                {"day": one.day, "day_type": one.day_type, "name": one.name.model_dump()}
                for one in days
            ],
            caller.person,
        )
        await audit.record(
            conn,
            caller,
            action="calendar.imported",
            subject=import_id,
            details={"year": body.year, "days": len(days)},
        )
        view = await import_view(conn, import_id, now, shown)
        return await idempotency.keep(conn, view)


def _days(body: ImportCalendar) -> list[DecreedDay]:
    days, faults = read_calendar_file(body.csv, body.year)
    if faults:
        raise ValidationFailed(
            errors=[
                field_error("body", "/csv", fault.code, row=fault.row, column=fault.column)
                for fault in faults[:MOST_FAULTS]
            ]
        )
    return days
