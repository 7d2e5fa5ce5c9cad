"""Closures as bookings hears of them, over the same village as all tests of bookings."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID, uuid4

from services.bookings.app import REACTIONS
from services.bookings.jobs.call_off_closed import call_off_closed
from shared.contracts.event import Envelope, Event, source_of
from shared.contracts.venues import ClosureLifted, ClosureOrdered
from shared.core.clock import SystemClock
from shared.core.ids import new_id
from shared.db import transaction
from tests.bookings.village import NEXT_WEEK, OPERATOR, VENUE, VILLAGE, at, text
from tests.bookings.world import Bookings

FROM: Final = at(NEXT_WEEK, 0)
UNTIL: Final = at(NEXT_WEEK + timedelta(days=3), 12)
REASON: Final = text("台风将至，营地关闭", "A typhoon is coming")


def ordered(closure_id: UUID, **fields: Any) -> ClosureOrdered:
    """Return an office's closure of the whole village next week, but for what is said."""
    given: dict[str, Any] = {
        "ordered_by": "office",
        "organisation_id": None,
        "village_ids": (VILLAGE,),
        "venue_ids": (),
        "offering_ids": (),
        "kinds": (),
        "closed_from": FROM,
        "closed_until": UNTIL,
        "cause": "disaster",
        "orders": "cancel",
        "reason": REASON,
        **fields,
    }
    return ClosureOrdered(closure_id=closure_id, **given)


def by_operator(closure_id: UUID, **fields: Any) -> ClosureOrdered:
    given = {
        "ordered_by": "operator",
        "organisation_id": OPERATOR,
        "village_ids": (),
        "venue_ids": (VENUE,),
        "cause": "operator",
        **fields,
    }
    return ordered(closure_id, **given)


def lifted(closure_id: UUID, **fields: Any) -> ClosureLifted:
    given: dict[str, Any] = {
        "village_ids": (),
        "venue_ids": (),
        "kinds": (),
        "open_from": FROM - timedelta(days=1),
        **fields,
    }
    return ClosureLifted(closure_id=closure_id, **given)


@dataclass
class Closing:
    """What is said about closures, and what bookings makes of it."""

    bookings: Bookings
    versions: dict[UUID, int] = field(default_factory=dict)

    async def close(self, **fields: Any) -> UUID:
        closure_id = uuid4()
        await self.hear(ordered(closure_id, **fields), 1)
        return closure_id

    async def lift(self, closure_id: UUID, **fields: Any) -> None:
        version = self.versions[closure_id] + 1
        await self.hear(lifted(closure_id, **fields), version)

    async def hear(self, event: ClosureOrdered | ClosureLifted, version: int) -> None:
        self.versions[event.closure_id] = version
        await hear(self.bookings, event, event.closure_id, version)

    async def call_off(self) -> None:
        await call_off_closed(self.bookings.client.app)

    async def progress(self, closure_id: UUID, token: str | None = None) -> Any:
        answer = await self.bookings.call(
            "GET", f"/v1/closures/{closure_id}/progress", token=token or self.bookings.office
        )
        assert answer.status == 200, answer.json
        return answer.json

    async def closed_slots(self) -> int:
        """Return how many slots are shut; their pools have to say the same."""
        strange = await self.bookings.fetch(
            "select count(*) from pools join slots on slot_id = subject_id"
            " where scope = 'slot' and pools.closed <> slots.closed"
        )
        assert strange == 0
        count: int = await self.bookings.fetch("select count(*) from slots where closed")
        return count

    async def code_of(self, order_id: str) -> str:
        state: str = await self.bookings.fetch(
            "select state from orders where order_id = $1", UUID(order_id)
        )
        return state


async def hear(bookings: Bookings, event: Event, subject: UUID, version: int) -> None:
    """Let the service react to an event with this version, in one transaction."""
    envelope = Envelope(
        id=new_id(),
        source=source_of(event.topic),
        type=event.event_type,
        subject=subject,
        time=SystemClock().now(),
        version=version,
        data=event.model_dump(mode="json"),
    )
    async with transaction(bookings.database) as conn:
        await REACTIONS[type(event)](conn, event, envelope)


def later(days: int, hour: int = 0) -> datetime:
    return at(NEXT_WEEK + timedelta(days=days), hour)
