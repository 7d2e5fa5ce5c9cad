"""Finding a venue for whoever runs it."""

from typing import Final
from uuid import UUID

from shared.core.errors import NotFound
from shared.db import Connection
from shared.http.access import Caller

FIND_OPERATOR: Final = "select organisation_id from venues where venue_id = $1"


async def check_runs_venue(conn: Connection, venue_id: UUID, caller: Caller) -> None:
    """Raise NotFound unless the caller's organisation runs the venue."""
    operator = await conn.fetchval(FIND_OPERATOR, venue_id)
    if operator is None or not caller.is_of(operator):
        raise NotFound
