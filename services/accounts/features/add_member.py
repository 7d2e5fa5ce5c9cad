"""Let a person work for an organisation."""

from typing import Final
from uuid import UUID

import structlog
from aiohttp import web

from services.accounts.contact_body import ContactBody
from services.accounts.keys import CONTACTS
from services.accounts.registration import find_or_create_account
from shared.core.errors import NotFound
from shared.core.localized import DEFAULT_LANGUAGE
from shared.db import constraint_errors, transaction
from shared.http.access import Caller, may
from shared.http.idempotency import Idempotency
from shared.http.keys import DATABASE, IDS
from shared.http.models import Path, Reply
from shared.http.route import route


class OrganisationPath(Path):
    """Which organisation."""

    organisation_id: UUID


class AddMember(ContactBody):
    """The person, by the contact that they sign in with."""


class MemberView(Reply):
    """Who works for which organisation."""

    account_id: UUID
    organisation_id: UUID


# The account shows its organisations, so its version counts a new one.
ADD: Final = """
    with added as (
        insert into organisation_members (organisation_id, account_id, added_by)
        values ($1, $2, $3)
        on conflict do nothing
        returning account_id
    )
    update accounts set version = version + 1 where id in (select account_id from added)
"""

_log: Final = structlog.get_logger()


@route(
    "POST",
    "/v1/organisations/{organisation_id}/members",
    access=may("member.manage"),
    status=201,
    idempotent=True,
    errors=(NotFound,),
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
    already finds it at their next renewal, within 15 minutes. Adding a member again changes
    nothing.
    """
    app = request.app
    with constraint_errors({"organisation_members_organisation": NotFound}):
        async with transaction(app[DATABASE]) as conn:
            if earlier := await idempotency.earlier(conn, MemberView):
                return earlier
            account_id = await find_or_create_account(
                conn, app[CONTACTS], app[IDS], body.contact, DEFAULT_LANGUAGE
            )
            await conn.execute(ADD, path.organisation_id, account_id, caller.account_id)
            view = MemberView(account_id=account_id, organisation_id=path.organisation_id)
            await idempotency.keep(conn, view)
    _log.info(
        "organisation.member_added",
        organisation_id=str(path.organisation_id),
        account_id=str(account_id),
    )
    return view
