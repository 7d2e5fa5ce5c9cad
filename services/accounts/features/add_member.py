"""Invite a person to work for an organisation."""

from typing import Final

import structlog
from aiohttp import web

from services.accounts.contact_body import ContactBody
from services.accounts.errors import (
    InvitationNotPossible,
    InvitationPending,
    MemberAlready,
    OrganisationOwned,
    OwnMembership,
    TooManyMembers,
    TooManyMemberships,
)
from services.accounts.keys import CONTACTS
from services.accounts.managing import manages_for_office
from services.accounts.members import (
    Member,
    MemberPath,
    MemberView,
    OrganisationPath,
    RoleBody,
    check_manages,
    find_member,
    lock_organisation,
)
from services.accounts.memberships import check_invitations, check_room
from services.accounts.registration import find_or_create_account
from services.accounts.rights import change_rights, show_rights
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
    insert into organisation_members (
        organisation_id, account_id, role, venues, added_by, invited_by, accepted_at
    )
    values ($1, $2, $3, $4, $5, $6, case when $7 then now() end)
    on conflict do nothing
    returning account_id
"""

COUNT: Final = "select count(*) from organisation_members where organisation_id = $1"

MOST_MEMBERS: Final = 200

_log: Final = structlog.get_logger()


@route(
    "POST",
    "/v1/organisations/{organisation_id}/members",
    access=may("member.manage"),
    status=201,
    idempotent=True,
    errors=(
        NotFound,
        MemberAlready,
        InvitationPending,
        InvitationNotPossible,
        OrganisationOwned,
        OwnMembership,
        TooManyMembers,
        TooManyMemberships,
    ),
)
async def add_member(
    request: web.Request,
    caller: Caller,
    path: OrganisationPath,
    body: AddMember,
    idempotency: Idempotency,
) -> MemberView:
    """Invite a person to work for an organisation; an unknown contact gets an account.

    They find the invitation in `GET /v1/me` and accept it by
    `POST /v1/me/memberships/{organisation_id}/acceptances`; until then they have no rights here,
    and nothing is shown of them but the contact that was given. Where no owner can sign in, a
    director of the tourism office adds somebody else, who has agreed with the office and is a
    member at once. Adding somebody again with the same role changes nothing; another role is given
    by `PUT`.
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
        place = MemberPath(organisation_id=path.organisation_id, account_id=account_id)
        member = await _member(conn, caller, place, body)
        view = await idempotency.keep(conn, member.view(app[CONTACTS]))
    _log.info(
        "organisation.member_added",
        organisation_id=str(path.organisation_id),
        account_id=str(account_id),
        role=body.role,
    )
    return view


async def _member(conn: Connection, caller: Caller, path: MemberPath, body: AddMember) -> Member:
    """Return what is written down of the person, now or earlier. Raises where that differs."""
    is_agreed = await manages_for_office(conn, caller, path.organisation_id, path.account_id)
    added = await _add(conn, caller, path, body, is_agreed=is_agreed)
    member = await find_member(conn, path)
    if not added and is_agreed and not member.is_accepted:
        raise InvitationPending
    if not added and (member.role, member.venues) != (body.role, body.venues):
        raise MemberAlready(role=member.role)
    return member


async def _add(
    conn: Connection, caller: Caller, path: MemberPath, body: AddMember, *, is_agreed: bool
) -> bool:
    """Write the membership down where there is none; tell whether there was none."""
    organisation_id, account_id = path.organisation_id, path.account_id
    row = await conn.fetchval(
        ADD,
        organisation_id,
        account_id,
        body.role,
        body.venues,
        caller.person,
        body.contact.channel,
        is_agreed,
    )
    if row is None:
        return False
    if await conn.fetchval(COUNT, organisation_id) > MOST_MEMBERS:
        raise TooManyMembers(most=MOST_MEMBERS)
    if is_agreed:
        await check_room(conn, account_id, added=1)
        await change_rights(conn, account_id)
    else:
        await check_invitations(conn, account_id)
        await show_rights(conn, account_id)
    await audit.record(
        conn,
        caller,
        action="member.added" if is_agreed else "member.invited",
        subject=organisation_id,
        details={"account_id": account_id, "role": body.role},
    )
    return True
