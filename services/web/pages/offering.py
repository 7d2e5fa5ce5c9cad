"""`/offerings/{id}`: what you do, what it costs, when there is room; add it to the plan."""

from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Final

from aiohttp import web

from services.web.browser.plan_cookie import read_plan, write_plan
from services.web.clients.bookings import Slot
from services.web.clients.venues import Offering
from services.web.domain.calendar_grid import weeks
from services.web.domain.day_chips import HORIZON, bookable_day, default_day
from services.web.domain.party import MOST_PERSONS, Party
from services.web.domain.plan import MOST_NIGHTS, new_line
from services.web.domain.quote import units_of
from services.web.keys import BOOKINGS, FORM, VENUES, VIEWER
from services.web.paths import path_id
from services.web.rendering.answers import go_to, page
from shared.core.clock import local_day, today
from shared.core.errors import Unavailable
from shared.http.keys import CLOCK

WEEKS_OF_NIGHTS: Final = timedelta(weeks=5)
WEEKS_OF_SESSIONS: Final = timedelta(weeks=2)
UNPROCESSABLE: Final = 422


@dataclass
class Typed:
    """The form as the visitor filled it in, with what is wrong beside each field."""

    party: Party
    slot: str = ""
    nights: int = 1
    errors: dict[str, str] = field(default_factory=dict)
    left: int = 0


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


async def show(request: web.Request) -> web.Response:
    """Show an offering with its free times from a day on."""
    party = Party.read(request.query)
    offering = await request.app[VENUES].offering(path_id(request, "offering_id"), request[VIEWER])
    if offering.kind == "stay" and not party.has_grown_up:
        party = replace(party, adult=1)
    return await _answer(request, offering, Typed(party, nights=1))


async def add(request: web.Request) -> web.Response:
    """Add the offering to the plan, where the chosen time has room for the party."""
    form = request[FORM]
    offering = await request.app[VENUES].offering(path_id(request, "offering_id"), request[VIEWER])
    typed = Typed(Party.typed(form), form.get("slot", ""), _nights(offering, form.get("nights")))
    slot = await _check(request, offering, typed)
    if slot is None:
        return await _answer(request, offering, typed, status=UNPROCESSABLE)
    plan = read_plan(request)
    nights = typed.nights if offering.kind == "stay" else 0
    line = new_line(offering.offering_id, slot.starts_at, nights, typed.party)
    write_plan(request, plan.with_line(line))
    return go_to("/plan", said="added")


async def _answer(
    request: web.Request, offering: Offering, typed: Typed, *, status: int = 200
) -> web.Response:
    venue = await request.app[VENUES].venue(offering.venue_id)
    days = await _days(request, offering, typed)
    now = today(request.app[CLOCK])
    length = _length(offering)
    later = days.last + timedelta(days=1)
    chosen = typed.slot or _preselected(days, _day_asked(request))
    day_first = _day_first(days, chosen, _day_asked(request))
    context = {
        "offering": offering,
        "venue": venue,
        "typed": typed,
        "chosen": chosen,
        "day_first": day_first,
        # A time has to be chosen: without a free one in sight, the other days are open.
        "first_is_enough": any(slot.left for slot in days.by_day.get(day_first, [])),
        "days": days,
        "day_shown": _day_asked(request),
        "weeks": weeks(days.first, days.last),
        "today": now,
        "earlier": max(now, days.first - length) if days.first > now else None,
        "later": later if later <= now + HORIZON else None,
        "most_nights": MOST_NIGHTS,
        "ages": [age for age in ("adult", "child", "senior") if offering.sells_to(age)],
    }
    return page(request, "offering.html", context, status=status)


async def _days(request: web.Request, offering: Offering, typed: Typed) -> Days:
    now = today(request.app[CLOCK])
    asked = bookable_day(request.query.get("from"), now) or _day_asked(request)
    # A month's grid begins with its week; a list begins with the day itself.
    first = max(now, asked - timedelta(days=asked.weekday())) if offering.kind == "stay" else asked
    last = first + _length(offering) - timedelta(days=1)
    if offering.kind == "stay":
        last -= timedelta(days=(last.weekday() + 1) % 7)
    persons = min(max(typed.party.persons, 1), MOST_PERSONS)
    try:
        slots = await request.app[BOOKINGS].availability(
            [offering.offering_id], first, last, persons
        )
    except Unavailable:
        slots = None
    return Days(first, last, slots)


async def _check(request: web.Request, offering: Offering, typed: Typed) -> Slot | None:
    """Return the chosen time, or None with the reasons in `typed.errors`."""
    persons = typed.party.persons
    if not 0 < persons <= MOST_PERSONS:
        typed.errors["party"] = "offering.party_none" if persons == 0 else "offering.party_large"
    elif any(not offering.sells_to(age) for age in typed.party.tickets):
        typed.errors["party"] = "offering.ticket_not_sold"
    elif offering.kind == "stay" and not typed.party.has_grown_up:
        typed.errors["party"] = "offering.adult_needed"
    starts_at = _instant(typed.slot)
    if starts_at is None:
        typed.errors["slot"] = "offering.slot_missing"
    if read_plan(request).is_full:
        typed.errors["plan"] = "offering.plan_full"
    if typed.errors or starts_at is None:
        return None
    return await _find_room(request.app, offering, typed, starts_at)


async def _find_room(
    app: web.Application, offering: Offering, typed: Typed, starts_at: datetime
) -> Slot | None:
    nights = typed.nights if offering.kind == "stay" else 1
    first = local_day(starts_at)
    slots = await app[BOOKINGS].availability(
        [offering.offering_id], first, first + timedelta(days=nights - 1), typed.party.persons
    )
    if offering.kind == "session":
        slots = [slot for slot in slots if slot.starts_at == starts_at]
    chosen = next((slot for slot in slots if slot.starts_at == starts_at), None)
    if chosen is None or len(slots) < nights:
        typed.errors["slot"] = "offering.slot_gone" if chosen is None else "offering.nights_gap"
        return None
    typed.left = min(slot.left for slot in slots)
    needed = units_of(typed.party.persons, offering.persons_per_unit)
    if typed.left < needed or not all(slot.fits for slot in slots):
        typed.errors["slot"] = "offering.slot_full" if typed.left == 0 else "offering.slot_few"
        return None
    return chosen


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


def _length(offering: Offering) -> timedelta:
    return WEEKS_OF_NIGHTS if offering.kind == "stay" else WEEKS_OF_SESSIONS


def _day_asked(request: web.Request) -> date:
    now = today(request.app[CLOCK])
    return bookable_day(request.query.get("day"), now) or default_day(now)


def _nights(offering: Offering, typed: str | None) -> int:
    if offering.kind != "stay" or not (typed or "").isascii() or not (typed or "").isdigit():
        return 1
    return min(max(int((typed or "1")[:2]), 1), MOST_NIGHTS)


def _instant(typed: str) -> datetime | None:
    try:
        instant = datetime.fromisoformat(typed)
    except ValueError:
        return None
    return instant if instant.tzinfo is not None else None
