"""End a person's work for the tourism office."""

from typing import Final

from aiohttp import web

from services.accounts.errors import LastDirector, NamedBySetting
from services.accounts.officers import OfficerPath, check_directed, find_officers, lock_office
from services.accounts.present_rights import require_present
from services.accounts.rights import change_rights
from shared.core.errors import NotFound
from shared.db import transaction
from shared.http.access import Caller, may
from shared.http.keys import DATABASE
from shared.http.route import route
from shared.messaging import audit

DISMISS: Final = "delete from office_members where account_id = $1"


@route(
    "DELETE",
    "/v1/office-members/{account_id}",
    access=may("role.manage"),
    errors=(NotFound, LastDirector, NamedBySetting),
)
async def dismiss_officer(request: web.Request, caller: Caller, path: OfficerPath) -> None:
    """End a person's work for the office; it holds everywhere within seconds.

    Whom a setting of the platform names would be back at their next sign-in: the setting has to
    change first. The only director can't be dismissed.
    """
    async with transaction(request.app[DATABASE]) as conn:
        await lock_office(conn)
        await require_present(conn, caller, "role.manage")
        found = await find_officers(conn, path.account_id)
        if not found:
            raise NotFound
        if found[0].by_setting:
            raise NamedBySetting
        await conn.execute(DISMISS, path.account_id)
        await check_directed(conn)
        await change_rights(conn, path.account_id)
        await audit.record(
            conn,
            caller,
            action="officer.dismissed",
            subject=path.account_id,
            details={"role": found[0].role},
        )
