"""What the journey's chapters share: the people on stage, the office's figures, the letters."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from deploy.local.demo.api import Api, Json, Person
from deploy.local.demo.choosing import Stop
from deploy.local.demo.sessions import Sessions
from deploy.local.demo.story import Story, eventually, expect

NAME: Final = "陈小溪"


@dataclass
class Stage:
    """Where a journey takes place: the services, the office's desk, the operators' gates."""

    api: Api
    story: Story
    office: Person
    sessions: Sessions
    # The database as each service's role, for what no API shows.
    databases: dict[str, str] = field(default_factory=dict)
    operators: dict[str, Person] = field(default_factory=dict)

    async def newcomer(self) -> Person:
        """Return somebody who was never here, signed in by a code from the inbox."""
        contact = {"email": f"journey-{secrets.token_hex(4)}@xiangyou.example"}
        person = await self.api.sign_in(contact)
        me = await self.api.call("accounts", "PATCH", "/v1/me", {"name": NAME}, by=person)
        expect("the name on the account", me["name"], NAME)
        return person

    async def operator_of(self, offering: Json) -> Person:
        """Return who acts for the demo in the offering's organisation."""
        organisation: str = offering["organisation_id"]
        if organisation not in self.operators:
            self.operators[organisation] = await self.sessions.of(offering["operator"])
        return self.operators[organisation]


def new_key() -> str:
    """Return an idempotency key."""
    return secrets.token_hex(16)


def of(order: Json) -> str:
    """Return the path of an order."""
    return f"/v1/orders/{order['order_id']}"


@dataclass(frozen=True)
class Figure:
    """What the office sees of a village's day; of fewer than ten people it sees nothing."""

    village: Json
    day: date
    shown: Json | None

    @property
    def booked(self) -> int:
        """How many people are booked, as far as it is shown."""
        return self.shown["booked"] or 0 if self.shown else 0

    @property
    def arrived(self) -> int:
        """How many people have come, as far as it is shown."""
        return self.shown["arrived"] or 0 if self.shown else 0

    @property
    def is_hidden(self) -> bool:
        """Whether there are people, but too few to be shown."""
        return bool(self.shown and self.shown["suppressed"])


@dataclass(frozen=True)
class PaidPlan:
    """An order that was paid in advance; stops and figures are in the order of its lines."""

    visitor: Person
    stops: Sequence[Stop]
    order: Json
    figures: Sequence[Figure]


@dataclass(frozen=True)
class Opened:
    """What a new operator has put online: a café and a campsite, each in its village."""

    owner: Person
    cafe: Json
    camp: Json
    villages: Sequence[Json]


async def figure(stage: Stage, village: Json, day: date) -> Figure:
    """Ask as the office for a village's day."""
    params = {"from": day, "to": day, "group_by": "village,day"}
    answer = await stage.api.call("statistics", "GET", "/v1/visits", by=stage.office, params=params)
    found = (item for item in answer["items"] if item["village_id"] == village["village_id"])
    return Figure(village, day, next(found, None))


async def moved(stage: Stage, earlier: Figure, *, booked: int = 0, arrived: int = 0) -> Figure:
    """See a figure move by so many people at least, and tell it."""

    async def look() -> Figure | None:
        now = await figure(stage, earlier.village, earlier.day)
        return now if has_moved(now, earlier, booked, arrived) else None

    village = earlier.village["name"]["zh"]
    now = await eventually(f"the office's figure of {village}", look)
    if now.is_hidden or earlier.is_hidden:
        stage.story.tell(f"{village}: fewer than ten people, so the figure is hidden")
    else:
        stage.story.tell(
            f"{village}: booked {earlier.booked} → {now.booked}, "
            f"arrived {earlier.arrived} → {now.arrived}"
        )
    return now


def has_moved(now: Figure, earlier: Figure, booked: int, arrived: int) -> bool:
    """Tell whether a figure has moved by so many people at least: up, or down for those who left.

    Others may come meanwhile. Of few people nothing is shown: neither before nor after.
    """
    if booked < 0:
        return earlier.is_hidden or now.is_hidden or now.booked <= earlier.booked + booked
    if now.is_hidden:
        return not earlier.booked
    return now.booked >= earlier.booked + booked and now.arrived >= earlier.arrived + arrived


async def see_letters(stage: Stage, person: Person, code: str, openings: Sequence[str]) -> Json:
    """Find exactly these letters about an order, oldest first; return the newest one.

    `openings` are how their subjects begin.
    """
    wanted = list(openings)

    async def look() -> list[Json] | None:
        letters = [one for one in await stage.api.letters(person.contact) if code in one["text"]]
        return letters if len(letters) >= len(wanted) else None

    letters = await eventually(f"a mail “{wanted[-1]}…” about {code}", look)
    subjects = [letter["subject"] for letter in reversed(letters)]
    openings_found = [
        subject[: len(opening)] for subject, opening in zip(subjects, wanted, strict=False)
    ]
    expect("the mails about the order", (openings_found, len(subjects)), (wanted, len(wanted)))
    stage.story.tell(f"one mail arrived: “{letters[0]['subject']}”")
    return letters[0]
