"""End a person's work for an organisation."""

from aiohttp import web

from services.accounts.errors import LastOwner, OrganisationOwned, OwnMembership
from services.accounts.managing import manages_for_office
from services.accounts.members import (
    MemberPath,
    check_manages,
    find_member,
    lock_organisation,
)
from services.accounts.memberships import end_membership
from shared.core.errors import NotFound
from shared.db import transaction
from shared.http.access import Caller, may
from shared.http.keys import DATABASE
from shared.http.route import route
from shared.messaging import audit


@route(
    "DELETE",
    "/v1/organisations/{organisation_id}/members/{account_id}",
    access=may("member.manage"),
    errors=(NotFound, LastOwner, OrganisationOwned, OwnMembership),
)
async def remove_member(request: web.Request, caller: Caller, path: MemberPath) -> None:
    """End a person's work for an organisation, and the API keys that they made for it.

    It holds everywhere within seconds. The only owner can't be removed. Who was invited only is
    invited no longer.
    """
    check_manages(caller, path.organisation_id)
    async with transaction(request.app[DATABASE]) as conn:
        await lock_organisation(conn, path.organisation_id)
        member = await find_member(conn, path)
        await manages_for_office(conn, caller, path.organisation_id, member.account_id)
        await end_membership(conn, member, caller.person)
        await audit.record(
            conn,
            caller,
            action="member.removed",
            subject=path.organisation_id,
            details={"account_id": member.account_id, "role": member.role},
        )
