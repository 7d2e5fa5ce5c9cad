"""Finding a venue for whoever works there."""

from typing import Final
from uuid import UUID

from shared.core.errors import NotFound
from shared.db import Connection
from shared.http.access import Caller

FIND_OPERATOR: Final = "select organisation_id from venues where venue_id = $1"


async def check_works_at(conn: Connection, venue_id: UUID, caller: Caller, permission: str) -> None:
    """Raise NotFound unless the caller has the permission at the venue."""
    operator = await conn.fetchval(FIND_OPERATOR, venue_id)
    if operator is None or not caller.may(permission, operator, venue_id):
        raise NotFound
