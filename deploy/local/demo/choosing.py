"""Choosing what the journey books: a workshop and a campsite of one weekend day."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from deploy.local.demo.api import Api, Json
from deploy.local.demo.story import StepFailedError, Story
from shared.core.clock import SystemClock, today

PARTY: Final = {"adult": 2, "child": 1}
PERSONS: Final = 3
WEEKEND: Final = (6, 7)


@dataclass(frozen=True, slots=True)
class Choice:
    """A workshop and a campsite of one day, with room for the party."""

    day: date
    workshop: Json
    starts_at: str
    camp: Json


async def choose(api: Api, story: Story) -> Choice:
    """Return the first weekend day on which a workshop and a campsite take the party.

    The journey has no opinion on types of pitches, so it takes a campsite where all are alike.
    """
    listing = await api.call("venues", "GET", "/v1/venues", params={"limit": 100})
    offerings = {
        offering["offering_id"]: {**offering, "village": venue["village"]}
        for venue in listing["items"]
        for offering in venue["offerings"]
        if offering["payment"] == "on_site" and not offering["terms"]["options"]
    }
    if not offerings:
        raise StepFailedError("nothing is on sale: start the stack with its demo district")
    for choice in _choices(offerings, await _weekend_slots(api, sorted(offerings))):
        workshop, camp = choice.workshop, choice.camp
        story.tell(f"found {workshop['name']['zh']} in {workshop['village']['name']['zh']}")
        story.tell(f"  and {camp['name']['zh']} in {camp['village']['name']['zh']}")
        story.tell(f"  on {choice.day:%A %d %B}, with room for three")
        return choice
    raise StepFailedError("no weekend in sight has room for three")


async def _weekend_slots(api: Api, offerings: list[str]) -> list[Json]:
    """Return the slots of the next two weekends that take the party, the emptiest first."""
    day = today(SystemClock())
    params = {
        "offering": offerings,
        "from": day + timedelta(days=1),
        "to": day + timedelta(days=14),
        "party": PERSONS,
    }
    answer = await api.call("bookings", "GET", "/v1/availability", params=params)
    fitting = [
        slot
        for slot in answer["items"]
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


def _takes_party(offering: Json) -> bool:
    """Tell whether an offering sells all the ticket types of the party."""
    return PARTY.keys() <= {price["ticket_type"] for price in offering["prices"]}
