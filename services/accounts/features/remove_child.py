"""Delete a child's data."""

from typing import Final
from uuid import UUID

from aiohttp import web

from shared.core.errors import NotFound
from shared.db import transaction
from shared.http.access import Caller, may
from shared.http.keys import DATABASE
from shared.http.models import Path
from shared.http.route import route


class ChildPath(Path):
    """Which child."""

    child_id: UUID


DELETE: Final = "delete from children where child_id = $1 and guardian_id = $2 returning true"


@route("DELETE", "/v1/me/children/{child_id}", access=may("account.own"), errors=(NotFound,))
async def remove_child(request: web.Request, caller: Caller, path: ChildPath) -> None:
    """Delete a child of the caller's. Bookings that were made for it stay as they are."""
    async with transaction(request.app[DATABASE]) as conn:
        if not await conn.fetchval(DELETE, path.child_id, caller.person):
            raise NotFound
