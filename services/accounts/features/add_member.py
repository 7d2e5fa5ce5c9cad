"""Let a person work for an organisation."""

from typing import Final
from uuid import UUID

import structlog
from aiohttp import web

from services.accounts.contact_body import ContactBody
from services.accounts.errors import MemberAlready
from services.accounts.keys import CONTACTS
from services.accounts.members import (
    MemberPath,
    MemberView,
    OrganisationPath,
    RoleBody,
    check_manages,
    find_member,
    lock_organisation,
)
from services.accounts.registration import find_or_create_account
from services.accounts.rights import change_rights
from shared.core.errors import NotFound
from shared.core.localized import DEFAULT_LANGUAGE
from shared.db import Connection, transaction
from shared.http.access import Caller, may
from shared.http.idempotency import Idempotency
from shared.http.keys import DATABASE, IDS
from shared.http.route import route
from shared.messaging import audit


class AddMember(ContactBody, RoleBody):
    """The person, by the contact that they sign in with, and what they do."""


ADD: Final = """
    insert into organisation_members (organisation_id, account_id, role, venues, added_by)
    values ($1, $2, $3, $4, $5)
    on conflict do nothing
    returning account_id
"""

_log: Final = structlog.get_logger()


@route(
    "POST",
    "/v1/organisations/{organisation_id}/members",
    access=may("member.manage"),
    status=201,
    idempotent=True,
    errors=(NotFound, MemberAlready),
)
async def add_member(
    request: web.Request,
    caller: Caller,
    path: OrganisationPath,
    body: AddMember,
    idempotency: Idempotency,
) -> MemberView:
    """Add a person to an organisation; a contact that is not known yet gets an account.

    Such a person finds the organisation at their first sign-in. A person who has signed in
    already finds it at their next renewal. Adding a member again with the same role changes
    nothing; another role is given by `PATCH`.
    """
    app = request.app
    check_manages(caller, path.organisation_id)
    async with transaction(app[DATABASE]) as conn:
        if earlier := await idempotency.earlier(conn, MemberView):
            return earlier
        await lock_organisation(conn, path.organisation_id)
        account_id = await find_or_create_account(
            conn, app[CONTACTS], app[IDS], body.contact, DEFAULT_LANGUAGE
        )
        added = await _add(conn, caller, path.organisation_id, account_id, body)
        member = await find_member(
            conn, MemberPath(organisation_id=path.organisation_id, account_id=account_id)
        )
        if not added and (member.role, member.venues) != (body.role, body.venues):
            raise MemberAlready(role=member.role)
        view = await idempotency.keep(conn, member.view(app[CONTACTS]))
    _log.info(
        "organisation.member_added",
        organisation_id=str(path.organisation_id),
        account_id=str(account_id),
        role=body.role,
    )
    return view


async def _add(
    conn: Connection, caller: Caller, organisation_id: UUID, account_id: UUID, body: AddMember
) -> bool:
    """Write the membership down where there is none; tell whether there was none."""
    row = await conn.fetchval(
        ADD, organisation_id, account_id, body.role, body.venues, caller.person
    )
    if row is None:
        return False
    await change_rights(conn, account_id)
    await audit.record(
        conn,
        caller,
        action="member.added",
        subject=organisation_id,
        details={"account_id": account_id, "role": body.role},
    )
    return True
