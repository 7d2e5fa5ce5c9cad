"""A village has a name now, or another one."""

from typing import Final

from shared.contracts.event import Envelope
from shared.contracts.venues import VillagePublished
from shared.db import Connection

NAME_VILLAGE: Final = """
insert into villages as known (village_id, name_zh, name_en, version) values ($1, $2, $3, $4)
on conflict (village_id) do update
    set name_zh = excluded.name_zh, name_en = excluded.name_en, version = excluded.version
    where excluded.version > known.version
"""


async def on_village_published(
    conn: Connection, event: VillagePublished, envelope: Envelope
) -> None:
    """Keep the village's name, unless a newer one is known."""
    await conn.execute(
        NAME_VILLAGE, event.village_id, event.name.zh, event.name.en, envelope.version
    )
