"""What the venues service tells of other channels' calendars, for those who follow them."""

from datetime import datetime
from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import Field

from shared.contracts.event import Event
from shared.core.localized import LocalizedText

Count = Annotated[int, Field(strict=True, ge=1)]


class FeedFailing(Event):
    """Another channel's calendar could not be read several times in a row.

    What it said at `read_at` (null: never) still counts; what that channel has sold since is not
    known here. It is told once, until the calendar was read again. `fault` is a code.
    """

    event_type: ClassVar[str] = "feed.failing.v1"
    topic: ClassVar[str] = "venues.feed"

    feed_id: UUID
    offering_id: UUID
    venue_id: UUID
    organisation_id: UUID
    venue_name: LocalizedText
    offering_name: LocalizedText
    feed_name: str
    fault: str
    failures: Count
    read_at: datetime | None


class FeedConflictFound(Event):
    """Another channel's calendar says that it has sold what is sold here too.

    There are `conflicts` slots of which more is sold than there is, the first one at `starts_at`.
    It is told once, until none is left.
    """

    event_type: ClassVar[str] = "feed.conflict_found.v1"
    topic: ClassVar[str] = "venues.feed"

    feed_id: UUID
    offering_id: UUID
    venue_id: UUID
    organisation_id: UUID
    venue_name: LocalizedText
    offering_name: LocalizedText
    feed_name: str
    conflicts: Count
    starts_at: datetime
