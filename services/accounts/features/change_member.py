"""Give a member another role, or other venues."""

from typing import Final

from aiohttp import web

from services.accounts.errors import LastOwner, OrganisationOwned, OwnMembership
from services.accounts.keys import CONTACTS
from services.accounts.managing import manages_for_office
from services.accounts.members import (
    MemberPath,
    MemberView,
    RoleBody,
    check_manages,
    check_owned,
    find_member,
    lock_organisation,
)
from services.accounts.memberships import change_rights_of
from shared.core.errors import NotFound
from shared.db import transaction
from shared.http.access import Caller, may
from shared.http.keys import DATABASE
from shared.http.route import route
from shared.messaging import audit


class ChangeMember(RoleBody):
    """What the member does from now on."""


CHANGE: Final = """
    update organisation_members
    set role = $3, venues = $4
    where organisation_id = $1 and account_id = $2
"""


@route(
    "PUT",
    "/v1/organisations/{organisation_id}/members/{account_id}",
    access=may("member.manage"),
    errors=(NotFound, LastOwner, OrganisationOwned, OwnMembership),
)
async def change_member(
    request: web.Request, caller: Caller, path: MemberPath, body: ChangeMember
) -> MemberView:
    """Give a member another role or other venues; it holds everywhere within seconds.

    The only owner stays one. The same role again changes nothing.
    """
    check_manages(caller, path.organisation_id)
    async with transaction(request.app[DATABASE]) as conn:
        await lock_organisation(conn, path.organisation_id)
        before = await find_member(conn, path)
        await manages_for_office(conn, caller, path.organisation_id, before.account_id)
        if (before.role, before.venues) != (body.role, body.venues):
            await conn.execute(
                CHANGE, path.organisation_id, before.account_id, body.role, body.venues
            )
            if before.is_owner:
                await check_owned(conn, path.organisation_id)
            await change_rights_of(conn, before)
            await audit.record(
                conn,
                caller,
                action="member.changed",
                subject=path.organisation_id,
                details={"account_id": before.account_id, "was": before.role, "role": body.role},
            )
        member = await find_member(conn, path)
    return member.view(request.app[CONTACTS])
