"""What tests do with reviews: have people book and come, write, answer, hide, read."""

from dataclasses import dataclass, field
from uuid import UUID

from services.venues.app import REACTIONS
from shared.contracts.bookings import (
    BookedLine,
    OrderConfirmed,
    TicketCheckedIn,
    TicketCheckInUndone,
)
from shared.contracts.event import Envelope, Event
from shared.core.clock import local_day
from shared.core.ids import new_id
from shared.db import transaction
from tests.venues.stage import Answer, Json, Stage


async def heard(stage: Stage, event: Event, *, subject: UUID, version: int) -> None:
    """Have the service hear of an event."""
    envelope = Envelope(
        id=new_id(),
        source="/xiangyou/bookings",
        type=event.event_type,
        subject=subject,
        time=stage.clock.now(),
        version=version,
        data=event.model_dump(mode="json"),
    )
    async with transaction(stage.database) as conn:
        await REACTIONS[type(event)](conn, event, envelope)


@dataclass
class Guest:
    """Somebody with an account who books one line at a venue."""

    stage: Stage
    venue: Json
    offering: Json
    account_id: UUID = field(default_factory=new_id)
    order_id: UUID = field(default_factory=new_id)
    line_id: UUID = field(default_factory=new_id)

    @property
    def token(self) -> str:
        return self.stage.tokens.person(self.account_id)

    async def books(self, version: int = 2) -> None:
        now = self.stage.clock.now()
        line = BookedLine(
            line_id=self.line_id,
            offering_id=UUID(self.offering["offering_id"]),
            venue_id=UUID(self.venue["venue_id"]),
            village_id=new_id(),
            kind="session",
            day=local_day(now),
            nights=0,
            starts_at=now,
            persons=2,
            units=2,
            price_fen=0,
        )
        event = OrderConfirmed(
            order_id=self.order_id,
            account_id=self.account_id,
            total_fen=0,
            confirmed_at=now,
            lines=(line,),
        )
        await heard(self.stage, event, subject=self.order_id, version=version)

    async def comes(self, ordinal: int = 1, version: int = 3) -> None:
        event = TicketCheckedIn(
            order_id=self.order_id,
            line_id=self.line_id,
            ordinal=ordinal,
            persons=1,
            checked_in_at=self.stage.clock.now(),
        )
        await heard(self.stage, event, subject=self.order_id, version=version)

    async def came_by_mistake(self, ordinal: int = 1, version: int = 4) -> None:
        event = TicketCheckInUndone(
            order_id=self.order_id, line_id=self.line_id, ordinal=ordinal, persons=1
        )
        await heard(self.stage, event, subject=self.order_id, version=version)

    @property
    def path(self) -> str:
        return f"/v1/venues/{self.venue['venue_id']}/reviews"

    def body(self, **other: object) -> Json:
        return {
            "line_id": str(self.line_id),
            "rating": 5,
            "text": "泥巴很听话，老师也耐心。",
            "language": "zh",
            **other,
        }

    async def writes(self, **other: object) -> Answer:
        return await self.stage.call("POST", self.path, self.token, self.body(**other))

    async def review(self, **other: object) -> Json:
        """Book, come and write; return the review."""
        await self.books()
        await self.comes()
        answer = await self.writes(**other)
        assert answer.status == 201, answer.body
        written: Json = answer.body
        return written


async def new_guest(stage: Stage, slug: str = "xinlu-kiln") -> Guest:
    """Return a guest of a published venue of its own."""
    return Guest(stage, *await stage.published_venue(slug=slug))


async def rating_of(stage: Stage, venue: Json) -> Json:
    """Return the rating as the list of reviews says it, once the venue's view says the same."""
    rating: Json = (await stage.good("GET", f"/v1/venues/{venue['venue_id']}/reviews"))["rating"]
    seen = (await stage.good("GET", f"/v1/venues/{venue['venue_id']}"))["rating"]
    assert seen == {name: rating[name] for name in ("count", "average", "hidden")}
    return rating


def steps(page: Json) -> list[str]:
    return [entry["step"] for entry in page["items"]]
