"""From wanted lines to planned ones: which slots they mean, and what those cost.

`plan_lines` reads what is on sale; `Catalogue` remembers it for the next lines. What a process
remembers may be out of date: placing an order compares versions, and the database has the last
word. So a plan from memory is worth a try, and a refusal is always read anew.
"""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from services.bookings.domain.booking_window import check_booking_window
from services.bookings.domain.lines import (
    Offered,
    OfferedSlot,
    PlannedLine,
    WantedLine,
    plan_line,
    wanted_times,
)
from services.bookings.domain.refusals import LineRefused
from services.bookings.engine.refusing import refusal_of
from services.bookings.errors import (
    AdultNeeded,
    ArrivalDayUnfit,
    CalendarYearUnknown,
    LineTimeMismatch,
    NightsUnfit,
    OfferingNotOnSale,
    OptionUnknown,
    PartySizeUnfit,
    SlotClosed,
    SlotNotAvailable,
    TableTooSmall,
    TicketTypeUnknown,
    TooEarlyToBook,
    TooLateToBook,
    TooManyChildren,
)
from shared.contracts.terms import DayType
from shared.core.clock import local_day
from shared.core.errors import ApiError
from shared.db import Connection, Database, acquire, fetch_all

FIND_OFFERED: Final = """
select
    offerings.offering_id, offerings.edition as version, venues.venue_id,
    venues.version as venue_version, villages.village_id, venues.organisation_id, offerings.kind,
    offerings.name as offering_name, venues.name as venue_name, villages.name as village_name,
    venues.address, offering_editions.payment, offering_editions.prices,
    offering_editions.persons_per_unit, offering_editions.terms
from offerings
join offering_editions
    on offering_editions.offering_id = offerings.offering_id
    and offering_editions.version = offerings.edition
join venues on venues.venue_id = offerings.venue_id and venues.on_sale
join villages on villages.village_id = venues.village_id
where offerings.offering_id = any ($1::uuid[]) and offerings.on_sale
"""

# A slot is wanted by its beginning, or by its day alone.
FIND_SLOTS: Final = """
select
    wanted.line, slots.slot_id, slots.version, slots.day, slots.starts_at, slots.ends_at,
    slots.own_pools, slots.around_pools, slots.closed, day_type_of(slots.day) as day_type,
    coalesce(calendar_years.version, 0) as calendar_version, now() as moment
from unnest($1::integer[], $2::uuid[], $3::timestamptz[], $4::date[])
    as wanted (line, offering_id, starts_at, day)
join slots on slots.offering_id = wanted.offering_id
    and slots.day = wanted.day
    and slots.starts_at = coalesce(wanted.starts_at, slots.starts_at)
    and slots.on_sale
    and slots.sold_until > now()
left join calendar_years on calendar_years.year = extract(year from slots.day)
order by wanted.line, slots.starts_at
"""

# What is more is read again: a slot takes about a kilobyte, and a plan several.
MOST_SLOTS: Final = 20_000
MOST_PLANS: Final = 4_000

# What planning refuses, for the routes that plan.
PLANNING_ERRORS: Final[tuple[type[ApiError], ...]] = (
    AdultNeeded,
    ArrivalDayUnfit,
    CalendarYearUnknown,
    LineTimeMismatch,
    NightsUnfit,
    OfferingNotOnSale,
    OptionUnknown,
    PartySizeUnfit,
    SlotClosed,
    SlotNotAvailable,
    TableTooSmall,
    TicketTypeUnknown,
    TooEarlyToBook,
    TooLateToBook,
    TooManyChildren,
)

Times = tuple[datetime, ...] | tuple[date, ...]


@dataclass(frozen=True, slots=True)
class FoundSlot:
    """A slot that a line wants; its day type is None where its year is not known.

    `moment` is when it was found, by the database's clock.
    """

    line: int
    slot_id: UUID
    version: int
    day: date
    starts_at: datetime
    ends_at: datetime
    own_pools: dict[str, int]
    around_pools: list[int]
    closed: bool
    day_type: DayType | None
    calendar_version: int
    moment: datetime


async def plan_lines(conn: Connection, wanted: Sequence[WantedLine]) -> list[PlannedLine]:
    """Return the lines with their times, prices and claims, as of now; nothing is taken yet.

    Raises OfferingNotOnSale, LineTimeMismatch, SlotNotAvailable, SlotClosed, CalendarYearUnknown,
    and what `refusal_of` makes of the rules of the offerings, each with the line's place.
    """
    offered = await find_offered(conn, [line.offering_id for line in wanted])
    times = [_times(offered, number, line) for number, line in enumerate(wanted)]
    found = await _find_slots(conn, wanted, times)
    planned = []
    for number, line in enumerate(wanted):
        rows = found.get(number, [])
        slots = _checked(number, line, rows, times[number])
        try:
            plan = plan_line(offered[line.offering_id], line, slots)
            check_booking_window(plan.offered.terms, plan.starts_at, plan.last_day, rows[0].moment)
            planned.append(plan)
        except LineRefused as refused:
            raise refusal_of(refused, number, line.offering_id) from refused
    return planned


async def find_offered(conn: Connection, offering_ids: Sequence[UUID]) -> dict[UUID, Offered]:
    """Return those of the offerings that are on sale, in their latest editions."""
    rows = await fetch_all(conn, Offered, FIND_OFFERED, offering_ids)
    return {row.offering_id: row for row in rows}


class Catalogue:
    """What this process remembers of offerings and slots on sale."""

    def __init__(self) -> None:
        self._offered: dict[UUID, Offered] = {}
        self._slots: dict[tuple[UUID, date | datetime], OfferedSlot] = {}
        # What the last lines came to: in a rush they are all alike.
        self._planned: dict[Hashable, PlannedLine] = {}

    async def plan(
        self, database: Database, wanted: Sequence[WantedLine], now: datetime, *, fresh: bool
    ) -> list[PlannedLine]:
        """Return the planned lines, from memory unless `fresh` or something is not remembered.

        Raises what `plan_lines` raises.
        """
        if not fresh and (remembered := self._plan_from_memory(wanted, now)) is not None:
            return remembered
        async with acquire(database) as conn:
            planned = await plan_lines(conn, wanted)
        self._remember(wanted, planned)
        return planned

    def _plan_from_memory(
        self, wanted: Sequence[WantedLine], now: datetime
    ) -> list[PlannedLine] | None:
        try:
            planned = [self._plan_line(line) for line in wanted]
            for plan in planned:
                check_booking_window(plan.offered.terms, plan.starts_at, plan.last_day, now)
        except (KeyError, LineRefused):
            return None
        return planned

    def _plan_line(self, line: WantedLine) -> PlannedLine:
        same = _identity(line)
        planned = self._planned.get(same)
        if planned is None:
            planned = self._plan_anew(line)
            if len(self._planned) >= MOST_PLANS:
                self._planned.clear()
            self._planned[same] = planned
        return planned

    def _plan_anew(self, line: WantedLine) -> PlannedLine:
        offered = self._offered[line.offering_id]
        slots = [self._slots[line.offering_id, time] for time in wanted_times(offered, line)]
        return plan_line(offered, line, slots)

    def _remember(self, wanted: Sequence[WantedLine], planned: Sequence[PlannedLine]) -> None:
        if len(self._slots) >= MOST_SLOTS:
            self._slots.clear()
            self._offered.clear()
        for line, plan in zip(wanted, planned, strict=True):
            # Plans share what they were made of; a plan of something older is worth nothing.
            self._planned.pop(_identity(line), None)
            known = self._offered.get(line.offering_id)
            if known is None or known != plan.offered:
                self._offered[line.offering_id] = plan.offered
            for time, slot in zip(wanted_times(plan.offered, line), plan.slots, strict=True):
                self._slots[line.offering_id, time] = slot


def _identity(line: WantedLine) -> Hashable:
    return (
        line.offering_id,
        line.starts_at or line.first_day,
        line.nights,
        line.option,
        tuple(line.tickets.items()),
    )


def _times(offered: Mapping[UUID, Offered], number: int, line: WantedLine) -> Times:
    if line.offering_id not in offered:
        raise OfferingNotOnSale(line=number, offering_id=str(line.offering_id))
    try:
        return wanted_times(offered[line.offering_id], line)
    except LineRefused as refused:
        raise refusal_of(refused, number, line.offering_id) from refused


async def _find_slots(
    conn: Connection, wanted: Sequence[WantedLine], times: Sequence[Times]
) -> dict[int, list[FoundSlot]]:
    asked = [(number, time) for number, line_times in enumerate(times) for time in line_times]
    rows = await fetch_all(
        conn,
        FoundSlot,
        FIND_SLOTS,
        [number for number, _ in asked],
        [wanted[number].offering_id for number, _ in asked],
        [time if isinstance(time, datetime) else None for _, time in asked],
        [local_day(time) if isinstance(time, datetime) else time for _, time in asked],
    )
    found: dict[int, list[FoundSlot]] = {}
    for row in rows:
        found.setdefault(row.line, []).append(row)
    return found


def _checked(
    number: int, line: WantedLine, found: Sequence[FoundSlot], times: Times
) -> list[OfferedSlot]:
    """Return the slots of a line, if they are the ones that it needs."""
    offering_id = str(line.offering_id)
    if len(found) > len(times):
        # An entry by the day, where the day has several beginnings.
        raise LineTimeMismatch(line=number, offering_id=offering_id)
    if len(found) < len(times):
        raise SlotNotAvailable(line=number, offering_id=offering_id)
    for slot in found:
        if slot.closed:
            raise SlotClosed(line=number, offering_id=offering_id)
        if slot.day_type is None:
            raise CalendarYearUnknown(line=number, year=slot.day.year)
    return [offered_slot(slot) for slot in found]


def offered_slot(found: FoundSlot) -> OfferedSlot:
    """Return a slot whose day type is known as the rules want it."""
    if found.day_type is None:
        raise ValueError("the slot is in a year that is not known")
    return OfferedSlot(
        slot_id=found.slot_id,
        version=found.version,
        day=found.day,
        starts_at=found.starts_at,
        ends_at=found.ends_at,
        own_pools=found.own_pools,
        around_pools=tuple(found.around_pools),
        day_type=found.day_type,
        calendar_version=found.calendar_version,
    )
