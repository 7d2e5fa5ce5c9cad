"""The plan with all that a page shows of it: names, times, prices, clashes, what is left."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Final
from uuid import UUID

from aiohttp import web
from pydantic import JsonValue

from services.web.clients.bookings import Slot
from services.web.clients.seen import for_each
from services.web.clients.venues import Offering, Venue, VenuesClient
from services.web.domain.plan import Plan, PlanLine
from services.web.domain.quote import line_price, units_of
from services.web.domain.time_line import Note, Stop, notes_on
from services.web.keys import BOOKINGS, VENUES
from shared.core.clock import SHANGHAI
from shared.core.errors import Unavailable
from shared.http.client import ProblemAnswer

NOT_FOUND: Final = 404
# Bookings answers for two months at most in one question.
LONGEST_LOOK: Final = timedelta(days=60)
NOON: Final = 12


@dataclass(frozen=True, slots=True)
class PlannedStop:
    """One line of the plan; `left` is None where it is not known."""

    line: PlanLine
    offering: Offering
    venue: Venue
    ends_at: datetime
    price_fen: int
    units: int
    left: int | None
    note: Note | None

    @property
    def lacks_room(self) -> bool:
        """Whether there is not enough left for the party any more."""
        return self.left is not None and self.left < self.units


@dataclass(frozen=True, slots=True)
class PlanView:
    """The lines in the order of time; `gone` are those that are no longer sold at all."""

    stops: tuple[PlannedStop, ...]
    gone: tuple[PlanLine, ...]

    @property
    def total_fen(self) -> int:
        """What the whole plan costs."""
        return sum(stop.price_fen for stop in self.stops)

    @property
    def days(self) -> list[tuple[date, list[PlannedStop]]]:
        """The stops, day by day."""
        grouped = groupby(self.stops, key=lambda stop: stop.line.day)
        return [(day, list(stops)) for day, stops in grouped]

    @property
    def payment_method(self) -> str:
        """How the order is paid: at the venue, if anything has to be paid there."""
        on_site = any(stop.offering.payment == "on_site" for stop in self.stops)
        return "on_site" if on_site else "free"

    @property
    def can_be_ordered(self) -> bool:
        """Whether nothing speaks against the order that we know of."""
        return bool(self.stops) and not self.gone and not any(s.lacks_room for s in self.stops)


async def look_at(app: web.Application, plan: Plan) -> PlanView:
    """Return the plan with what the services know about its lines."""
    wanted = sorted({line.offering_id for line in plan.lines})
    found = await for_each(wanted, lambda offering_id: _offering(app[VENUES], offering_id))
    offerings = {offering.offering_id: offering for offering in found if offering is not None}
    places = sorted({offering.venue_id for offering in offerings.values()})
    venues = {venue.venue_id: venue for venue in await for_each(places, app[VENUES].venue)}
    slots = await _slots(app, plan)
    sold = [line for line in plan.lines if _is_sold(line, offerings.get(line.offering_id))]
    notes = notes_on([_stop(line, offerings[line.offering_id]) for line in sold])
    stops = [
        _planned(
            line,
            offerings[line.offering_id],
            venues[offerings[line.offering_id].venue_id],
            slots,
            notes.get(line.line_id),
        )
        for line in sold
    ]
    stops.sort(key=lambda stop: stop.line.starts_at)
    return PlanView(tuple(stops), tuple(line for line in plan.lines if line not in sold))


def order_lines(view: PlanView) -> list[JsonValue]:
    """Return the lines as bookings takes them, in the order of the page."""
    lines: list[JsonValue] = []
    for stop in view.stops:
        line = stop.line
        when: dict[str, JsonValue] = (
            {"date": line.day.isoformat(), "nights": line.nights}
            if line.kind == "stay"
            else {"starts_at": line.starts_at.isoformat()}
        )
        tickets: dict[str, JsonValue] = dict(line.party.tickets)
        lines.append({"offering_id": str(line.offering_id), **when, "tickets": tickets})
    return lines


async def _offering(venues: VenuesClient, offering_id: UUID) -> Offering | None:
    try:
        return await venues.offering(offering_id)
    except ProblemAnswer as problem:
        if problem.status == NOT_FOUND:
            return None
        raise


def _is_sold(line: PlanLine, offering: Offering | None) -> bool:
    """Tell whether the line can still be ordered as it is: kind and tickets have their price."""
    if offering is None or not offering.on_sale or offering.kind != line.kind:
        return False
    wanted = {"pitch"} if line.kind == "stay" else set(line.party.tickets)
    return wanted <= offering.price_of.keys()


async def _slots(app: web.Application, plan: Plan) -> list[Slot]:
    """Return what is left on the plan's days; nothing where that is not known."""
    if not plan.lines:
        return []
    first = min(line.day for line in plan.lines)
    last = max(line.day + timedelta(days=max(line.nights - 1, 0)) for line in plan.lines)
    if last - first > LONGEST_LOOK:
        return []
    offerings = sorted({line.offering_id for line in plan.lines})
    try:
        return await app[BOOKINGS].availability(offerings, first, last, 1)
    except Unavailable:
        return []


def _planned(
    line: PlanLine, offering: Offering, venue: Venue, slots: Sequence[Slot], note: Note | None
) -> PlannedStop:
    return PlannedStop(
        line=line,
        offering=offering,
        venue=venue,
        ends_at=_ends_at(line, offering),
        price_fen=line_price(offering.price_of, line.party, line.nights, offering.persons_per_unit),
        units=units_of(line.party.persons, offering.persons_per_unit),
        left=_left(line, slots),
        note=note,
    )


def _left(line: PlanLine, slots: Sequence[Slot]) -> int | None:
    """Return what is left in the tightest slot of a line: 0 where a slot is gone."""
    if not slots:
        return None
    own = [slot for slot in slots if slot.offering_id == line.offering_id]
    if line.kind == "session":
        lefts = [slot.left for slot in own if slot.starts_at == line.starts_at]
    else:
        nights = {line.day + timedelta(days=night) for night in range(line.nights)}
        lefts = [slot.left for slot in own if slot.day in nights]
    return min(lefts) if len(lefts) == max(line.nights, 1) else 0


def _ends_at(line: PlanLine, offering: Offering) -> datetime:
    """Return the end: that of the session, or noon after the last night."""
    if line.kind == "session":
        return line.starts_at + timedelta(minutes=offering.duration_minutes or 60)
    last = line.day + timedelta(days=line.nights)
    return datetime(last.year, last.month, last.day, NOON, tzinfo=SHANGHAI)


def _stop(line: PlanLine, offering: Offering) -> Stop:
    return Stop(
        line_id=line.line_id,
        village_id=offering.village_id,
        starts_at=line.starts_at,
        ends_at=_ends_at(line, offering),
        overnight=line.kind == "stay",
    )
