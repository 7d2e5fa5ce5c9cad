"""Leave an organisation, or decline to work for it."""

from aiohttp import web

from services.accounts.errors import LastOwner
from services.accounts.members import MemberPath, OrganisationPath, find_member, lock_organisation
from services.accounts.memberships import end_membership
from services.accounts.present_rights import require_present
from shared.core.errors import NotFound
from shared.db import transaction
from shared.http.access import Caller, may
from shared.http.keys import DATABASE
from shared.http.route import route
from shared.messaging import audit


@route(
    "DELETE",
    "/v1/me/memberships/{organisation_id}",
    access=may("account.own"),
    errors=(NotFound, LastOwner),
)
async def leave_organisation(request: web.Request, caller: Caller, path: OrganisationPath) -> None:
    """Leave an organisation, with the API keys that one made for it, or decline an invitation.

    It holds everywhere within seconds. The only owner names another one first.
    """
    organisation_id, account_id = path.organisation_id, caller.person
    async with transaction(request.app[DATABASE]) as conn:
        await lock_organisation(conn, organisation_id)
        await require_present(conn, caller, "account.own")
        member = await find_member(
            conn, MemberPath(organisation_id=organisation_id, account_id=account_id)
        )
        await end_membership(conn, member, account_id)
        await audit.record(
            conn,
            caller,
            action="member.left" if member.is_accepted else "member.declined",
            subject=organisation_id,
            details={"account_id": account_id, "role": member.role},
        )
