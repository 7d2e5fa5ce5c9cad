"""`/office`: visits per village and day, each figure with what it means."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final
from uuid import UUID

from aiohttp import web

from services.web.browser.session import officer_of
from services.web.clients.statistics import Visits, VisitsCell
from services.web.domain.day_chips import read_day
from services.web.keys import STATISTICS, VENUES
from services.web.rendering.answers import page
from services.web.rendering.bar_chart import Figure, bar_chart
from shared.core.clock import today
from shared.http.keys import CLOCK

TWO_WEEKS: Final = timedelta(days=13)
LONGEST: Final = timedelta(days=91)


@dataclass(frozen=True, slots=True)
class Row:
    """One day of the table, with a cell for each village; None where nobody came."""

    day: date
    cells: list[VisitsCell | None]


async def show(request: web.Request) -> web.Response:
    """Show the visits of a period, as a chart and as a table."""
    viewer = officer_of(request)
    first, last, error = _period(request)
    typed_village = request.query.get("village", "")
    villages = await request.app[VENUES].villages()
    village = next((v for v in villages if str(v.village_id) == typed_village), None)
    chosen = (village,) if village else villages
    visits = await request.app[STATISTICS].visits(
        viewer, first, last, village.village_id if village else None
    )
    figures = _figures(visits, first, last)
    context = {
        "first": first,
        "last": last,
        "error": error,
        "village": village,
        "villages": villages,
        "columns": chosen,
        "visits": visits,
        "rows": _rows(visits.items, [one.village_id for one in chosen]),
        "chart": bar_chart(figures),
        "booked": sum(figure.booked for figure in figures),
        "arrived": sum(figure.arrived for figure in figures),
        "withheld": sum(cell.suppressed for cell in visits.items),
        "awaited_years": await request.app[VENUES].awaited_years(),
    }
    return page(request, "office.html", context)


def _period(request: web.Request) -> tuple[date, date, str]:
    """Return the period that was asked for; else the last two weeks, and why."""
    now = today(request.app[CLOCK])
    typed = request.query.get("from"), request.query.get("to")
    if typed == (None, None):
        return now - TWO_WEEKS, now, ""
    first, last = read_day(typed[0]), read_day(typed[1])
    if first is None or last is None or last < first:
        return now - TWO_WEEKS, now, "office.period_wrong"
    if last - first > LONGEST:
        return last - LONGEST, last, "office.period_long"
    return first, last, ""


def _figures(visits: Visits, first: date, last: date) -> list[Figure]:
    cells: dict[date, list[VisitsCell]] = defaultdict(list)
    for cell in visits.items:
        cells[cell.day].append(cell)
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    return [
        Figure(
            day=day,
            booked=sum(cell.booked or 0 for cell in cells[day]),
            arrived=sum(cell.arrived or 0 for cell in cells[day]),
            withheld=any(cell.suppressed for cell in cells[day]),
        )
        for day in days
    ]


def _rows(cells: Iterable[VisitsCell], villages: list[UUID]) -> list[Row]:
    by_place: dict[date, dict[UUID | None, VisitsCell]] = defaultdict(dict)
    for cell in cells:
        by_place[cell.day][cell.village_id] = cell
    return [
        Row(day, [by_place[day].get(village) for village in villages])
        for day in sorted(by_place, reverse=True)
    ]
