"""What the service shows of feeds: without the part of their addresses that may be a secret."""

from datetime import datetime
from typing import Final, Literal
from uuid import UUID

from pydantic import Field
from yarl import URL

from shared.core.errors import NotFound
from shared.db import Connection, fetch_all, fetch_first
from shared.http.models import Reply

FeedState = Literal["new", "good", "failing"]
Blocks = Literal["unit", "all"]


class FeedView(Reply):
    """Another channel's calendar, and how reading it went.

    `address` shows where it is read from; its path and query may be secrets and are left out.
    `fault` says, as a code, why the latest attempt failed; what was read before counts meanwhile.
    """

    feed_id: UUID
    offering_id: UUID
    name: str
    address: str
    blocks: Blocks
    option: str | None
    state: FeedState
    fault: str | None
    busy_times: int = Field(description="How many it has in the coming 90 days.")
    fetched_at: datetime | None
    next_fetch_at: datetime
    version: int


class KeptFeed(Reply):
    """A feed as it is kept."""

    feed_id: UUID
    offering_id: UUID
    name: str
    url: str
    blocks: Blocks
    option: str | None
    state: FeedState
    fault: str | None
    busy_times: int
    fetched_at: datetime | None
    next_fetch_at: datetime
    version: int

    def view(self) -> FeedView:
        """Return what is shown of it."""
        address = f"{URL(self.url, encoded=True).origin()}/…"
        return FeedView(**self.model_dump(exclude={"url"}), address=address)


# One feed ($1), or all of an offering ($2).
FIND: Final = """
select
    f.feed_id,
    f.offering_id,
    f.name,
    f.url,
    f.blocks,
    f.option,
    f.state,
    f.fault,
    (select count(*) from feed_busy_times b where b.feed_id = f.feed_id) as busy_times,
    f.fetched_at,
    f.next_fetch_at,
    f.edit_version as version
from feeds f
where f.feed_id = $1 or f.offering_id = $2
order by f.feed_id
"""


async def feed_view(conn: Connection, feed_id: UUID) -> FeedView:
    """Return a feed, whoever asks. Raises NotFound."""
    feed = await fetch_first(conn, KeptFeed, FIND, feed_id, None)
    if feed is None:
        raise NotFound
    return feed.view()


async def feeds_of(conn: Connection, offering_id: UUID) -> list[FeedView]:
    """Return the feeds of an offering, whoever asks."""
    return [feed.view() for feed in await fetch_all(conn, KeptFeed, FIND, None, offering_id)]
