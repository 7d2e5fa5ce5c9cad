"""A district whose sessions are on sale, told to bookings by the events that venues would send."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final
from uuid import UUID, uuid4

from services.bookings.app import REACTIONS
from shared.contracts.event import Envelope, Event, source_of
from shared.contracts.terms import TicketPrice
from shared.contracts.venues import (
    CalendarPublished,
    OfferingPublished,
    SlotPublished,
    VenuePublished,
    VillagePublished,
)
from shared.core.clock import SHANGHAI, SystemClock, today
from shared.core.ids import new_id
from shared.core.localized import LocalizedText
from shared.db import Database, transaction

ROOMY: Final = 1_000_000
VILLAGES: Final = 5
VENUES: Final = 10
FEN: Final = 6800
PARTY: Final = {"adult": 2}
PERSONS: Final = 2


@dataclass(frozen=True)
class Session:
    """One session on sale, and the body of an order for two in it, paid at the venue."""

    slot_id: UUID
    offering_id: UUID
    starts_at: datetime

    @property
    def order(self) -> bytes:
        """Return the JSON of `POST /v1/orders`."""
        line = {
            "offering_id": str(self.offering_id),
            "starts_at": self.starts_at.isoformat(),
            "tickets": PARTY,
        }
        order = {"lines": [line], "contact": {"name": "陈小溪"}, "payment_method": "on_site"}
        return json.dumps(order, ensure_ascii=False, separators=(",", ":")).encode()


@dataclass(frozen=True)
class Place:
    """An offering, and the places around it."""

    offering_id: UUID
    venue_id: UUID
    village_id: UUID
    district_id: UUID


class District:
    """Five villages, ten venues, one offering each; sessions are added as they are needed."""

    def __init__(self, database: Database, places: Sequence[Place]) -> None:
        self._database = database
        self._places = places
        self._next_day = today(SystemClock()) + timedelta(days=7)

    @classmethod
    async def publish(cls, database: Database) -> "District":
        """Publish the district; the calendar says that no day of two years is special."""
        year = today(SystemClock()).year
        for known in (year, year + 1):
            event = CalendarPublished(calendar_id=uuid4(), year=known, source="bench", days=())
            await _hear(database, event.calendar_id, event)
        district_id = uuid4()
        villages = [uuid4() for _ in range(VILLAGES)]
        for village_id in villages:
            await _hear(database, village_id, _village(village_id, district_id))
        places = [
            Place(uuid4(), uuid4(), villages[number % VILLAGES], district_id)
            for number in range(VENUES)
        ]
        for place in places:
            organisation_id = uuid4()
            await _hear(database, place.venue_id, _venue(place, organisation_id))
            await _hear(database, place.offering_id, _offering(place, organisation_id))
        return cls(database, places)

    async def add_session(self, capacity: int = ROOMY) -> Session:
        """Add a session on a day of its own, so that no limit around it was used before."""
        [session] = await self.add_sessions(1, 1, capacity)
        return session

    async def add_sessions(self, days: int, a_day: int, capacity: int = ROOMY) -> list[Session]:
        """Add sessions on days that had none; at most ten a day, each at another venue."""
        sessions: list[Session] = []
        for _ in range(days):
            sessions += [
                await self._add(place, self._next_day, capacity) for place in self._places[:a_day]
            ]
            self._next_day += timedelta(days=1)
        return sessions

    async def add_past_sessions(self, days: int) -> None:
        """Add a session on each of the last days, for orders that were long ago."""
        for day in range(1, days + 1):
            place = self._places[day % len(self._places)]
            await self._add(place, today(SystemClock()) - timedelta(days=day), ROOMY)

    async def _add(self, place: Place, day: date, capacity: int) -> Session:
        starts_at = datetime.combine(day, time(14), tzinfo=SHANGHAI)
        slot_id = uuid4()
        event = SlotPublished(
            slot_id=slot_id,
            offering_id=place.offering_id,
            venue_id=place.venue_id,
            village_id=place.village_id,
            district_id=place.district_id,
            kind="session",
            day=day,
            starts_at=starts_at,
            ends_at=starts_at + timedelta(hours=2),
            capacity=capacity,
        )
        await _hear(self._database, slot_id, event)
        return Session(slot_id, place.offering_id, starts_at)


async def _hear(database: Database, subject: UUID, event: Event) -> None:
    """Have bookings react to an event, as its consumer would."""
    envelope = Envelope(
        id=new_id(),
        source=source_of(event.topic),
        type=event.event_type,
        subject=subject,
        time=SystemClock().now(),
        version=1,
        data=event.model_dump(mode="json"),
    )
    async with transaction(database) as conn:
        await REACTIONS[type(event)](conn, event, envelope)


def _village(village_id: UUID, district_id: UUID) -> VillagePublished:
    return VillagePublished(
        village_id=village_id,
        district_id=district_id,
        name=LocalizedText(zh="嘉溪村", en="Jiaxi"),
        day_capacity=ROOMY,
        district_day_capacity=ROOMY,
    )


def _venue(place: Place, organisation_id: UUID) -> VenuePublished:
    return VenuePublished(
        venue_id=place.venue_id,
        village_id=place.village_id,
        organisation_id=organisation_id,
        name=LocalizedText(zh="溪畔陶坊", en="Streamside Pottery"),
        address=LocalizedText(zh="嘉溪村 8 号", en="8 Jiaxi"),
        day_capacity=ROOMY,
    )


def _offering(place: Place, organisation_id: UUID) -> OfferingPublished:
    return OfferingPublished(
        offering_id=place.offering_id,
        venue_id=place.venue_id,
        village_id=place.village_id,
        organisation_id=organisation_id,
        kind="session",
        name=LocalizedText(zh="拉坯体验", en="Try the potter's wheel"),
        prices=(TicketPrice(ticket_type="adult", fen=FEN),),
        payment="on_site",
        persons_per_unit=None,
    )
