"""Let a person work for the tourism office."""

from typing import Final

from aiohttp import web

from services.accounts.contact_body import ContactBody
from services.accounts.errors import LastDirector
from services.accounts.keys import CONTACTS
from services.accounts.officers import (
    OfficeRole,
    OfficerView,
    check_directed,
    find_officers,
    lock_office,
)
from services.accounts.present_rights import require_present
from services.accounts.registration import find_or_create_account
from services.accounts.rights import change_rights
from shared.core.localized import DEFAULT_LANGUAGE
from shared.db import transaction
from shared.http.access import Caller, may
from shared.http.idempotency import Idempotency
from shared.http.keys import DATABASE, IDS
from shared.http.route import route
from shared.messaging import audit


class AppointOfficer(ContactBody):
    """The person, by the contact that they sign in with, and what they do."""

    role: OfficeRole


# Whom the setting names is a director until somebody says otherwise; the setting still keeps them.
APPOINT: Final = """
    insert into office_members (account_id, role, added_by)
    values ($1, $2, $3)
    on conflict on constraint office_members_pkey do update
    set role = excluded.role
    where office_members.role <> excluded.role
    returning account_id
"""


@route(
    "POST",
    "/v1/office-members",
    access=may("role.manage"),
    status=201,
    idempotent=True,
    errors=(LastDirector,),
)
async def appoint_officer(
    request: web.Request, caller: Caller, body: AppointOfficer, idempotency: Idempotency
) -> OfficerView:
    """Let a person work for the office, or give somebody who does another role.

    It holds everywhere within seconds, for them after their next renewal. The only director
    stays one.
    """
    app = request.app
    async with transaction(app[DATABASE]) as conn:
        if earlier := await idempotency.earlier(conn, OfficerView):
            return earlier
        await lock_office(conn)
        await require_present(conn, caller, "role.manage")
        account_id = await find_or_create_account(
            conn, app[CONTACTS], app[IDS], body.contact, DEFAULT_LANGUAGE
        )
        if await conn.fetchval(APPOINT, account_id, body.role, caller.person):
            await check_directed(conn)
            await change_rights(conn, account_id)
            await audit.record(
                conn,
                caller,
                action="officer.appointed",
                subject=account_id,
                details={"role": body.role},
            )
        [officer] = await find_officers(conn, account_id)
        return await idempotency.keep(conn, officer.view(app[CONTACTS]))
