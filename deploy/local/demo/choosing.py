"""Choosing what the journey books, from whatever is on sale in the district at this moment."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Final

from deploy.local.demo.api import Api, Json
from deploy.local.demo.district import read_demo
from deploy.local.demo.listings import own_member
from deploy.local.demo.story import StepFailedError, Story
from shared.core.clock import SystemClock, today

PARTY: Final = {"adult": 2, "child": 1}
PERSONS: Final = 3
WEEKEND: Final = (6, 7)
# So early that the usual terms of refunds give something back.
DAYS_BEFORE: Final = 4
# A plan has something that is paid, and things of two other kinds.
PLANS: Final = (("table", "entry"), ("table", "stay"), ("entry", "stay"))
OFFERINGS_AT_ONCE: Final = 20
TRAVEL: Final = timedelta(minutes=30)
SEATING: Final = timedelta(hours=2)


@dataclass(frozen=True, slots=True)
class Choice:
    """A workshop and a campsite of one day, with room for the party."""

    day: date
    workshop: Json
    starts_at: str
    camp: Json


@dataclass(frozen=True, slots=True)
class Stop:
    """An offering at one of its times."""

    offering: Json
    slot: Json

    @property
    def village(self) -> Json:
        """The village in which it is."""
        village: Json = self.offering["village"]
        return village

    @property
    def day(self) -> date:
        """The day on which it is."""
        return date.fromisoformat(self.slot["day"])

    def line(self, tickets: Json) -> Json:
        """Return an order's line for it."""
        line = {"offering_id": self.offering["offering_id"], "tickets": tickets}
        if self.offering["kind"] != "stay":
            return {**line, "starts_at": self.slot["starts_at"]}
        options = self.slot["options"]
        option = {"option": max(options, key=lambda code: options[code])} if options else {}
        return {**line, "date": self.slot["day"], "nights": 1, **option}


async def choose(api: Api, story: Story) -> Choice:
    """Return the first weekend day on which a workshop and a campsite take the party.

    Here the journey has no opinion on types of pitches: it takes a campsite where all are alike.
    """
    offerings = {
        name: offering
        for name, offering in (await on_sale(api)).items()
        if offering["payment"] == "on_site" and not offering["terms"]["options"]
    }
    for choice in _choices(offerings, await _weekend_slots(api, sorted(offerings))):
        workshop, camp = choice.workshop, choice.camp
        story.tell(f"found {workshop['name']['zh']} in {workshop['village']['name']['zh']}")
        story.tell(f"  and {camp['name']['zh']} in {camp['village']['name']['zh']}")
        story.tell(f"  on {choice.day:%A %d %B}, with room for three")
        return choice
    raise StepFailedError("no weekend in sight has room for three")


async def plans(api: Api) -> list[list[Stop]]:
    """Return weekend days over three villages, for the whole party; the first stop costs money."""
    offerings = {
        name: offering
        for name, offering in (await on_sale(api)).items()
        if not offering["terms"]["refunds"]["non_refundable"]
        and (offering["kind"] in {"stay", "table"} or _takes_party(offering))
    }
    earliest = today(SystemClock()) + timedelta(days=DAYS_BEFORE)
    stops = [
        stop
        for slot in await _weekend_slots(api, sorted(offerings))
        if (stop := Stop(offerings[slot["offering_id"]], slot)).day >= earliest
    ]
    return list(plans_for(stops))


async def on_sale(api: Api) -> dict[str, Json]:
    """Return all offerings by their ids, each with its village and the contact of its operator.

    Only the demo's own: nobody else lets the journey in at their gates. Raises StepFailedError.
    """
    operators = _operators()
    listing = await api.call("venues", "GET", "/v1/venues", params={"limit": 100})
    offerings = {
        offering["offering_id"]: {**offering, "village": venue["village"], "operator": operator}
        for venue in listing["items"]
        if (operator := operators.get(venue["slug"])) is not None
        for offering in venue["offerings"]
    }
    if not offerings:
        raise StepFailedError("nothing is on sale: start the stack with its demo district")
    return offerings


def _operators() -> dict[str, Json]:
    """Return by whom the demo acts for each of its venues, by the venue's slug."""
    demo = read_demo()
    members = {one.key: own_member(one) for one in demo.organisations}
    return {venue.slug: members[venue.organisation] for venue in demo.venues}


async def slots_of(api: Api, offerings: Sequence[str], party: int) -> list[Json]:
    """Return the slots of the next fortnight."""
    day = today(SystemClock())
    params = {"from": day + timedelta(days=1), "to": day + timedelta(days=14), "party": party}
    parts = [
        offerings[first : first + OFFERINGS_AT_ONCE]
        for first in range(0, len(offerings), OFFERINGS_AT_ONCE)
    ]
    answers = await asyncio.gather(
        *(
            api.call("bookings", "GET", "/v1/availability", params={**params, "offering": part})
            for part in parts
        )
    )
    return [slot for answer in answers for slot in answer["items"]]


async def _weekend_slots(api: Api, offerings: Sequence[str]) -> list[Json]:
    """Return the slots of the next two weekends that take the party, the emptiest first."""
    fitting = [
        slot
        for slot in await slots_of(api, offerings, PERSONS)
        if slot["fits"] and date.fromisoformat(slot["day"]).isoweekday() in WEEKEND
    ]
    # Within each week, so that the journey stays where other visitors are.
    return sorted(
        fitting,
        key=lambda slot: (date.fromisoformat(slot["day"]).isocalendar().week, -slot["left"]),
    )


def _choices(offerings: dict[str, Json], slots: list[Json]) -> Iterator[Choice]:
    """Return all pairs of a workshop and a campsite in another village on the same day."""
    for slot in slots:
        workshop = offerings[slot["offering_id"]]
        if workshop["kind"] != "session" or not _takes_party(workshop):
            continue
        for other in slots:
            camp = offerings[other["offering_id"]]
            elsewhere = camp["village"]["slug"] != workshop["village"]["slug"]
            if other["day"] == slot["day"] and camp["kind"] == "stay" and elsewhere:
                yield Choice(date.fromisoformat(slot["day"]), workshop, slot["starts_at"], camp)


def plans_for(stops: Sequence[Stop]) -> Iterator[list[Stop]]:
    """Return plans for one day over three villages, one for each workshop and pair of kinds."""
    for one, other in PLANS:
        for workshop in stops:
            if workshop.offering["kind"] == "session" and _costs(workshop.offering):
                plans = (
                    [workshop, second, third]
                    for second in _fitting(stops, one, [workshop])
                    for third in _fitting(stops, other, [workshop, second])
                )
                yield from islice(plans, 1)


def _fitting(stops: Sequence[Stop], kind: str, plan: Sequence[Stop]) -> Iterator[Stop]:
    """Return what else fits into a plan: on its day, in another village, at another time."""
    villages = {stop.village["slug"] for stop in plan}
    return (
        stop
        for stop in stops
        if stop.offering["kind"] == kind
        and stop.day == plan[0].day
        and stop.village["slug"] not in villages
        and not any(_clash(stop, planned) for planned in plan)
    )


def _clash(stop: Stop, other: Stop) -> bool:
    """Tell whether nobody can be at both. People come to entries and campsites when they like."""
    if "entry" in (kinds := {stop.offering["kind"], other.offering["kind"]}) or "stay" in kinds:
        return False
    one, two = (_instants(each) for each in (stop, other))
    return one[0] < two[1] + TRAVEL and two[0] < one[1] + TRAVEL


def _instants(stop: Stop) -> tuple[datetime, datetime]:
    start, end = (datetime.fromisoformat(stop.slot[name]) for name in ("starts_at", "ends_at"))
    # A table's slot is a quarter of an hour of its seating.
    return start, max(end, start + SEATING) if stop.offering["kind"] == "table" else end


def _costs(offering: Json) -> bool:
    return any(price["fen"] for price in offering["prices"])


def _takes_party(offering: Json) -> bool:
    """Tell whether an offering sells all the ticket types of the party."""
    return PARTY.keys() <= {price["ticket_type"] for price in offering["prices"]}
