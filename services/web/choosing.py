"""Choosing a time for a party: what is open when, what was chosen, and whether there is room."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any, Final, Literal

from aiohttp import web

from services.web.clients.booked import Slot
from services.web.clients.venues import Offering
from services.web.domain.calendar_grid import weeks
from services.web.domain.day_chips import HORIZON, bookable_day, default_day
from services.web.domain.party import Party
from services.web.domain.units import units_of
from services.web.keys import BOOKINGS, VENUES
from services.web.planning import left_of
from shared.core.clock import local_day, today
from shared.core.errors import Unavailable
from shared.http.client import ProblemAnswer
from shared.http.keys import CLOCK

WEEKS_OF_DAYS: Final = timedelta(weeks=5)
WEEKS_OF_TIMES: Final = timedelta(weeks=2)

# Days of a month; times of some days, one under the other; times of one day, after the party.
Style = Literal["grid", "list", "table"]


@dataclass
class Choice:
    """What the visitor chose, with what is wrong beside each field, in words or by their key."""

    party: Party
    slot: str = ""
    nights: int = 1
    option: str = ""
    errors: dict[str, str] = field(default_factory=dict)
    left: int = 0
    # A sentence of bookings about what it refuses.
    refusal: str = ""

    @classmethod
    def of(cls, offering: Offering, typed: dict[str, str], party: Party) -> "Choice":
        """Return what a form or an address says."""
        codes = [option.code for option in offering.terms.options]
        option = typed.get("option", "")
        if offering.kind != "stay" or not codes:
            option = ""
        elif option not in codes:
            option = codes[0]
        return cls(party, typed.get("slot", ""), _nights(offering, typed.get("nights")), option)

    @property
    def starts_at(self) -> datetime | None:
        """The time that was chosen, if it is one."""
        return _instant(self.slot)


@dataclass(frozen=True, slots=True)
class Days:
    """The days on the page; `slots` is None while bookings is away."""

    first: date
    last: date
    slots: list[Slot] | None

    @property
    def by_day(self) -> dict[date, list[Slot]]:
        """The times of each day that has any."""
        days: dict[date, list[Slot]] = {}
        for slot in self.slots or ():
            days.setdefault(slot.day, []).append(slot)
        return days

    @property
    def full(self) -> list[Slot]:
        """The times that have no room for the party."""
        return [slot for slot in self.slots or () if not slot.fits]


def style_of(offering: Offering) -> Style:
    """Return how the times of an offering are shown."""
    if offering.kind == "table":
        return "table"
    return "grid" if offering.kind == "stay" or offering.is_all_day else "list"


def day_asked(request: web.Request) -> date:
    """Return the day that the page is about."""
    now = today(request.app[CLOCK])
    return bookable_day(request.query.get("day"), now) or default_day(now)


async def days_of(request: web.Request, offering: Offering, choice: Choice) -> Days:
    """Return the times around the day that the page is about, for the party."""
    now, style = today(request.app[CLOCK]), style_of(offering)
    asked = bookable_day(request.query.get("from"), now) or day_asked(request)
    if style == "table":
        first = last = day_asked(request)
    elif style == "grid":
        # A month's grid begins with its week; a list begins with the day itself.
        first = max(now, asked - timedelta(days=asked.weekday()))
        last = first + WEEKS_OF_DAYS - timedelta(days=1)
        last -= timedelta(days=(last.weekday() + 1) % 7)
    else:
        first, last = asked, asked + WEEKS_OF_TIMES - timedelta(days=1)
    persons = min(max(choice.party.persons, 1), offering.terms.most_persons)
    try:
        slots = await request.app[BOOKINGS].availability(
            [offering.offering_id], first, last, persons
        )
    except Unavailable:
        return Days(first, last, None)
    return Days(first, last, [_of_option(slot, offering, choice) for slot in slots])


async def chooser(
    request: web.Request, offering: Offering, choice: Choice, days: Days
) -> dict[str, Any]:
    """Return what the part of a page shows where a time is chosen."""
    now, style, asked = today(request.app[CLOCK]), style_of(offering), day_asked(request)
    chosen = choice.slot or _preselected(days, asked)
    day_first = _day_first(days, chosen, asked)
    later = days.last + timedelta(days=1)
    length = WEEKS_OF_DAYS if style == "grid" else WEEKS_OF_TIMES
    return {
        "offering": offering,
        "choice": choice,
        "style": style,
        "days": days,
        "chosen": chosen,
        "day_first": day_first,
        # A time has to be chosen: without a free one in sight, the other days are open.
        "first_is_enough": any(slot.left for slot in days.by_day.get(day_first, [])),
        "day_shown": asked,
        "week_of_days": [now + timedelta(days=number) for number in range(14)],
        "weeks": weeks(days.first, days.last),
        "today": now,
        "earlier": max(now, days.first - length) if days.first > now else None,
        "later": later if later <= now + HORIZON else None,
        # What a link to the same days for the same party says.
        "same_days": {
            "day": asked.isoformat(),
            "from": days.first.isoformat(),
            **choice.party.query,
            **({"option": choice.option} if choice.option else {}),
        },
        "unknown_years": await _unknown_years(request.app, days),
    }


async def find_room(app: web.Application, offering: Offering, choice: Choice) -> Slot | None:
    """Return the chosen time, or None with the reasons in the choice's errors."""
    persons = choice.party.persons
    if not 0 < persons <= offering.terms.most_persons:
        choice.errors["party"] = "offering.party_none" if persons == 0 else "offering.party_large"
    elif any(not offering.sells_to(age) for age in choice.party.tickets):
        choice.errors["party"] = "offering.ticket_not_sold"
    elif offering.kind == "stay" and not choice.party.has_grown_up:
        choice.errors["party"] = "offering.adult_needed"
    starts_at = choice.starts_at
    if starts_at is None:
        choice.errors["slot"] = "offering.slot_missing"
    if choice.errors or starts_at is None:
        return None
    nights = choice.nights if offering.kind == "stay" else 1
    first = local_day(starts_at)
    slots = await app[BOOKINGS].availability(
        [offering.offering_id], first, first + timedelta(days=nights - 1), persons
    )
    if offering.kind != "stay":
        slots = [slot for slot in slots if slot.starts_at == starts_at]
    return _fitting(offering, choice, slots, starts_at, nights)


def _fitting(
    offering: Offering, choice: Choice, found: Sequence[Slot], starts_at: datetime, nights: int
) -> Slot | None:
    slots = [_of_option(slot, offering, choice) for slot in found]
    chosen = next((slot for slot in slots if slot.starts_at == starts_at), None)
    if chosen is None or len(slots) < nights:
        choice.errors["slot"] = "offering.slot_gone" if chosen is None else "offering.nights_gap"
        return None
    choice.left = min(slot.left for slot in slots)
    if not all(slot.fits for slot in slots):
        is_few = choice.left and offering.kind != "table"
        choice.errors["slot"] = "offering.slot_few" if is_few else "offering.slot_full"
        return None
    return chosen


def _of_option(slot: Slot, offering: Offering, choice: Choice) -> Slot:
    """Return the slot as it is for a party of this size, of the chosen type of pitch."""
    if not offering.terms.takes(choice.party.persons):
        return slot.model_copy(update={"fits": False})
    if offering.kind != "stay":
        return slot
    option = offering.terms.option(choice.option)
    left = left_of(slot, choice.option)
    needed = units_of(choice.party.persons, option.persons if option else offering.persons_per_unit)
    return slot.model_copy(update={"left": left, "fits": slot.fits and left >= needed})


async def _unknown_years(app: web.Application, days: Days) -> list[int]:
    """Return the years on the page whose days are not decreed; nothing is sold in them yet."""
    years = {days.first.year, days.last.year}
    empty = [year for year in sorted(years) if not any(day.year == year for day in days.by_day)]
    if days.slots is None:
        return []
    try:
        return [year for year in empty if not await app[VENUES].knows_year(year)]
    except (ProblemAnswer, Unavailable):
        return []


def _preselected(days: Days, day: date) -> str:
    """Return the time that the visitor most likely wants: the only one that fits on the day."""
    fitting = [slot for slot in days.by_day.get(day, []) if slot.fits]
    return fitting[0].starts_at.isoformat() if len(fitting) == 1 else ""


def _day_first(days: Days, chosen: str, asked: date) -> date:
    """Return the day to show before all others: of the chosen time, else as asked, else the first.

    Where nothing is open at all it is the day asked for.
    """
    instant = _instant(chosen)
    wanted = (local_day(instant) if instant else asked, asked, *days.by_day)
    return next((day for day in wanted if day in days.by_day), asked)


def party_for(offering: Offering, typed: Party) -> Party:
    """Return a party that the page can begin with: with a grown-up where one stays the night."""
    if offering.kind == "stay" and not typed.has_grown_up:
        return replace(typed, adult=1)
    return typed


def _nights(offering: Offering, typed: str | None) -> int:
    digits = (typed or "").strip()[:2]
    least, most = offering.terms.nights_least, offering.terms.nights_most
    if offering.kind != "stay" or not (digits.isascii() and digits.isdigit()):
        return least
    return min(max(int(digits), least), most)


def _instant(typed: str) -> datetime | None:
    try:
        instant = datetime.fromisoformat(typed)
    except ValueError:
        return None
    return instant if instant.tzinfo is not None else None
