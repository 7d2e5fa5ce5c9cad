"""What was withdrawn stays withdrawn, in whatever order the events are heard."""

from typing import Final
from uuid import UUID

from shared.db import Connection

NOTE: Final = """
insert into withdrawals (subject_id, version)
values ($1, $2)
on conflict (subject_id) do update
set version = greatest(withdrawals.version, excluded.version)
"""

FIND_LATER: Final = "select 1 from withdrawals where subject_id = $1 and version > $2"


async def note_withdrawal(conn: Connection, subject_id: UUID, version: int) -> None:
    """Note that a venue, an offering or a slot was withdrawn, known or not."""
    await conn.execute(NOTE, subject_id, version)


async def was_withdrawn_since(conn: Connection, subject_id: UUID, version: int) -> bool:
    """Tell whether a later event than this one has withdrawn it."""
    return await conn.fetchval(FIND_LATER, subject_id, version) is not None
