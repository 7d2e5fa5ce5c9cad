"""A venue has a name now, or another one."""

from typing import Final

from shared.contracts.event import Envelope
from shared.contracts.venues import VenuePublished
from shared.db import Connection

NAME_VENUE: Final = """
insert into venues as known (venue_id, name_zh, name_en, version) values ($1, $2, $3, $4)
on conflict (venue_id) do update
    set name_zh = excluded.name_zh, name_en = excluded.name_en, version = excluded.version
    where excluded.version > known.version
"""


async def on_venue_published(conn: Connection, event: VenuePublished, envelope: Envelope) -> None:
    """Keep the venue's name, unless a newer one is known."""
    await conn.execute(NAME_VENUE, event.venue_id, event.name.zh, event.name.en, envelope.version)
