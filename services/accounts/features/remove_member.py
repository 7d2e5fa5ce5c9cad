"""End a person's work for an organisation."""

from typing import Final

from aiohttp import web

from services.accounts.errors import LastOwner
from services.accounts.members import (
    MemberPath,
    check_manages,
    check_owned,
    find_member,
    lock_organisation,
)
from services.accounts.rights import change_rights
from shared.core.errors import NotFound
from shared.db import transaction
from shared.http.access import Caller, may
from shared.http.keys import DATABASE
from shared.http.route import route
from shared.messaging import audit

REMOVE: Final = """
    delete from organisation_members where organisation_id = $1 and account_id = $2
"""
# What a colleague made that leaves is nobody's any more.
REVOKE_KEYS: Final = """
    update api_keys
    set revoked_at = clock_timestamp(), revoked_by = $3
    where organisation_id = $1 and created_by = $2 and revoked_at is null
"""


@route(
    "DELETE",
    "/v1/organisations/{organisation_id}/members/{account_id}",
    access=may("member.manage"),
    errors=(NotFound, LastOwner),
)
async def remove_member(request: web.Request, caller: Caller, path: MemberPath) -> None:
    """End a person's work for an organisation, and the API keys that they made for it.

    It holds everywhere within seconds. The only owner can't be removed.
    """
    check_manages(caller, path.organisation_id)
    async with transaction(request.app[DATABASE]) as conn:
        await lock_organisation(conn, path.organisation_id)
        member = await find_member(conn, path)
        await conn.execute(REMOVE, path.organisation_id, path.account_id)
        await check_owned(conn, path.organisation_id)
        await conn.execute(REVOKE_KEYS, path.organisation_id, path.account_id, caller.person)
        await change_rights(conn, path.account_id)
        await audit.record(
            conn,
            caller,
            action="member.removed",
            subject=path.organisation_id,
            details={"account_id": path.account_id, "role": member.role},
        )
