"""Take the right to book for others from a person."""

from typing import Final
from uuid import UUID

from aiohttp import web

from services.accounts.officers import BookingRole, lock_office
from services.accounts.present_rights import require_present
from services.accounts.rights import change_rights
from shared.core.errors import NotFound
from shared.db import transaction
from shared.http.access import Caller, may
from shared.http.keys import DATABASE
from shared.http.models import Path
from shared.http.route import route
from shared.messaging import audit


class BookingRolePath(Path):
    """Which role of whom."""

    account_id: UUID
    role: BookingRole


TAKE: Final = """
    delete from booking_roles where account_id = $1 and role = $2 returning account_id
"""


@route(
    "DELETE",
    "/v1/booking-roles/{account_id}/{role}",
    access=may("role.manage"),
    errors=(NotFound,),
)
async def take_booking_role(request: web.Request, caller: Caller, path: BookingRolePath) -> None:
    """Take the right to book for others from a person; orders that they placed stand."""
    async with transaction(request.app[DATABASE]) as conn:
        await lock_office(conn)
        await require_present(conn, caller, "role.manage")
        if await conn.fetchval(TAKE, path.account_id, path.role) is None:
            raise NotFound
        await change_rights(conn, path.account_id)
        await audit.record(
            conn,
            caller,
            action="booking_role.taken",
            subject=path.account_id,
            details={"role": path.role},
        )
