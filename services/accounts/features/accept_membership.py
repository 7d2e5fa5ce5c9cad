"""Accept an invitation to work for an organisation."""

from typing import Final

from aiohttp import web

from services.accounts.errors import TooManyMemberships
from services.accounts.me import Membership
from services.accounts.members import MemberPath, OrganisationPath, find_member, lock_organisation
from services.accounts.memberships import check_room
from services.accounts.rights import show_rights
from shared.core.errors import NotFound
from shared.db import transaction
from shared.http.access import Caller, may
from shared.http.keys import DATABASE
from shared.http.route import route
from shared.messaging import audit

ACCEPT: Final = """
    update organisation_members
    set accepted_at = now()
    where organisation_id = $1 and account_id = $2
"""
FIND_NAME: Final = "select name from organisations where id = $1"


@route(
    "POST",
    "/v1/me/memberships/{organisation_id}/acceptances",
    access=may("account.own"),
    status=201,
    errors=(NotFound, TooManyMemberships),
)
async def accept_membership(
    request: web.Request, caller: Caller, path: OrganisationPath
) -> Membership:
    """Accept an invitation: the caller works for the organisation from their next renewal on.

    Whoever works for an organisation signs in with a second factor. Accepting again changes
    nothing.
    """
    organisation_id, account_id = path.organisation_id, caller.person
    async with transaction(request.app[DATABASE]) as conn:
        await lock_organisation(conn, organisation_id)
        member = await find_member(
            conn, MemberPath(organisation_id=organisation_id, account_id=account_id)
        )
        if not member.is_accepted:
            await conn.execute(ACCEPT, organisation_id, account_id)
            await check_room(conn, account_id, added=1)
            await show_rights(conn, account_id)
            await audit.record(
                conn,
                caller,
                action="member.accepted",
                subject=organisation_id,
                details={"account_id": account_id, "role": member.role},
            )
        return Membership(
            organisation_id=organisation_id,
            name=await conn.fetchval(FIND_NAME, organisation_id),
            role=member.role,
            venues=member.venues,
        )
