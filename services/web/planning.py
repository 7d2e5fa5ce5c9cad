"""The plan with all that a page shows of it: names, times, prices, clashes, what is left."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Final
from uuid import UUID

from aiohttp import web
from pydantic import JsonValue

from services.web.clients.asking import Asking
from services.web.clients.booked import Quote, QuotedLine, Slot
from services.web.clients.seen import for_each
from services.web.clients.terms import UnitOption
from services.web.clients.venues import Offering, Venue, VenuesClient
from services.web.domain.plan import Plan, PlanLine
from services.web.domain.time_line import Note, Stop, notes_on
from services.web.domain.units import units_of
from services.web.keys import BOOKINGS, VENUES
from services.web.refusals import words_of
from shared.core.clock import SHANGHAI
from shared.core.errors import Unavailable
from shared.http.client import ProblemAnswer

NOT_FOUND: Final = 404
NOON: Final = 12


@dataclass(frozen=True, slots=True)
class PlannedStop:
    """One line of the plan; `left` and `quoted` are None where they are not known."""

    line: PlanLine
    offering: Offering
    venue: Venue
    ends_at: datetime
    units: int
    left: int | None
    note: Note | None
    quoted: QuotedLine | None

    @property
    def lacks_room(self) -> bool:
        """Whether there is not enough left for the party any more."""
        return self.left is not None and self.left < self.units

    @property
    def option(self) -> UnitOption | None:
        """The type of pitch, where the stay has several."""
        return self.offering.terms.option(self.line.option)


@dataclass(frozen=True, slots=True)
class PlanView:
    """The lines in the order of time; `gone` are those that are no longer sold at all.

    Without a quote the plan can't be ordered: `refusals` say why, by line, and at "order" for what
    is nobody's fault alone.
    """

    stops: tuple[PlannedStop, ...]
    gone: tuple[PlanLine, ...]
    quote: Quote | None = None
    refusals: Mapping[str, str] = field(default_factory=dict)

    @property
    def days(self) -> list[tuple[date, list[PlannedStop]]]:
        """The stops, day by day."""
        grouped = groupby(self.stops, key=lambda stop: stop.line.day)
        return [(day, list(stops)) for day, stops in grouped]

    @property
    def can_be_ordered(self) -> bool:
        """Whether nothing speaks against the order that we know of."""
        short = any(stop.lacks_room for stop in self.stops)
        return self.quote is not None and not self.gone and not short


async def look_at(app: web.Application, plan: Plan, by: Asking) -> PlanView:
    """Return the plan with what the services know about its lines, and a new quote for it."""
    wanted = sorted({line.offering_id for line in plan.lines})
    found = await for_each(wanted, lambda offering_id: _offering(app[VENUES], offering_id))
    offerings = {offering.offering_id: offering for offering in found if offering is not None}
    places = sorted({offering.venue_id for offering in offerings.values()})
    venues = {venue.venue_id: venue for venue in await for_each(places, app[VENUES].venue)}
    sold = [line for line in plan.lines if _is_sold(line, offerings.get(line.offering_id))]
    sold.sort(key=lambda line: line.starts_at)
    gone = tuple(line for line in plan.lines if line not in sold)
    quote, refusals = await _quote(app, sold, by)
    lefts = await for_each(sold, lambda line: _left(app, line, offerings[line.offering_id]))
    quoted = quote.lines if quote else (None,) * len(sold)
    ends = [_ends_at(line, offerings[line.offering_id]) for line in sold]
    ends = [known.ends_at if known else end for known, end in zip(quoted, ends, strict=True)]
    timed = [(line, offerings[line.offering_id], end) for line, end in zip(sold, ends, strict=True)]
    notes = notes_on([_stop(*one) for one in timed if not one[1].is_all_day])
    stops = tuple(
        PlannedStop(
            line=line,
            offering=(offering := offerings[line.offering_id]),
            venue=venues[offering.venue_id],
            ends_at=end,
            units=_units(line, offering),
            left=left,
            note=notes.get(line.line_id),
            quoted=price,
        )
        for line, end, left, price in zip(sold, ends, lefts, quoted, strict=True)
    )
    return PlanView(stops, gone, quote, refusals)


def refusal_at(problem: ProblemAnswer, lines: Sequence[PlanLine]) -> str:
    """Return the line that a refusal is about, or "order" for the whole plan."""
    number = problem.params.get("line")
    return lines[number].line_id if isinstance(number, int) and number < len(lines) else "order"


async def _quote(
    app: web.Application, lines: Sequence[PlanLine], by: Asking
) -> tuple[Quote | None, dict[str, str]]:
    if not lines:
        return None, {}
    try:
        return await app[BOOKINGS].quote(by, [_as_asked(line) for line in lines]), {}
    except Unavailable:
        return None, {}
    except ProblemAnswer as problem:
        return None, {refusal_at(problem, lines): words_of(problem)}


def _as_asked(line: PlanLine) -> JsonValue:
    """Return a line as bookings takes it."""
    when: dict[str, JsonValue] = (
        {"date": line.day.isoformat(), "nights": line.nights}
        if line.nights
        else {"starts_at": line.starts_at.isoformat()}
    )
    tickets: dict[str, JsonValue] = dict(line.party.tickets)
    option: dict[str, JsonValue] = {"option": line.option} if line.option else {}
    return {"offering_id": str(line.offering_id), **when, **option, "tickets": tickets}


async def _offering(venues: VenuesClient, offering_id: UUID) -> Offering | None:
    try:
        return await venues.offering(offering_id)
    except ProblemAnswer as problem:
        if problem.status == NOT_FOUND:
            return None
        raise


def _is_sold(line: PlanLine, offering: Offering | None) -> bool:
    """Tell whether the line can still be ordered as it is: of its kind, and for its people."""
    if offering is None or not offering.on_sale:
        return False
    return (offering.kind == "stay") == bool(line.nights) and all(
        offering.sells_to(age) for age in line.party.tickets
    )


def _units(line: PlanLine, offering: Offering) -> int:
    if offering.kind == "table":
        return 1
    option = offering.terms.option(line.option)
    return units_of(line.party.persons, option.persons if option else offering.persons_per_unit)


async def _left(app: web.Application, line: PlanLine, offering: Offering) -> int | None:
    """Return what is left in the tightest slot of a line, 0 where one is gone; None if unknown."""
    try:
        slots = await app[BOOKINGS].availability(
            [line.offering_id], line.day, line.last_day, line.party.persons
        )
    except Unavailable:
        return None
    if not line.nights:
        slots = [slot for slot in slots if slot.starts_at == line.starts_at]
    if len(slots) < max(line.nights, 1):
        return 0
    if offering.kind == "table":
        return int(all(slot.fits for slot in slots))
    return min(left_of(slot, line.option) for slot in slots)


def left_of(slot: Slot, option: str) -> int:
    """Return what is left in a slot, of one type of pitch where there are several."""
    return min(slot.left, slot.options.get(option, slot.left)) if option else slot.left


def _ends_at(line: PlanLine, offering: Offering) -> datetime:
    """Return the end while bookings can't tell: of the hours, or noon after the last night."""
    if line.nights:
        last = line.day + timedelta(days=line.nights)
        return datetime(last.year, last.month, last.day, NOON, tzinfo=SHANGHAI)
    minutes = offering.terms.seating_minutes(line.party.persons) or offering.duration_minutes
    return line.starts_at + timedelta(minutes=minutes or 60)


def _stop(line: PlanLine, offering: Offering, ends_at: datetime) -> Stop:
    return Stop(
        line_id=line.line_id,
        village_id=offering.village_id,
        starts_at=line.starts_at,
        ends_at=ends_at,
        overnight=bool(line.nights),
    )
