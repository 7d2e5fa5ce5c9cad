"""Register an organisation that runs venues."""

from typing import Annotated, Final

import structlog
from aiohttp import web
from pydantic import AfterValidator, Field

from services.accounts.errors import TooManyMemberships, TooManyOrganisations
from services.accounts.locks import lock_account
from services.accounts.me import Membership
from services.accounts.memberships import check_room
from services.accounts.rights import show_rights
from shared.core.errors import NotSignedIn
from shared.db import Connection, transaction
from shared.http.access import Caller, may
from shared.http.idempotency import Idempotency
from shared.http.keys import DATABASE, IDS
from shared.http.models import Body, line
from shared.http.route import route
from shared.messaging import audit

LONGEST_NAME: Final = 100


class CreateOrganisation(Body):
    """An organisation's name, as visitors read it."""

    name: Annotated[
        str,
        AfterValidator(line(LONGEST_NAME)),
        Field(json_schema_extra={"minLength": 1, "maxLength": LONGEST_NAME}),
    ]


INSERT: Final = """
    insert into organisations (id, name, created_by) values ($1, $2, $3)
"""
ADD_OWNER: Final = """
    insert into organisation_members (organisation_id, account_id, role, added_by, accepted_at)
    values ($1, $2, 'owner', $2, now())
"""
COUNT_OWN: Final = "select count(*) from organisations where created_by = $1"

# Nobody runs as many; a thousand names would be somebody's joke.
MOST_OWN: Final = 10

_log: Final = structlog.get_logger()


@route(
    "POST",
    "/v1/organisations",
    access=may("organisation.create"),
    status=201,
    idempotent=True,
    errors=(TooManyMemberships, TooManyOrganisations, NotSignedIn),
)
async def create_organisation(
    request: web.Request, caller: Caller, body: CreateOrganisation, idempotency: Idempotency
) -> Membership:
    """Register an organisation; who does so owns it, and may enter venues for it.

    What visitors see of it waits for the tourism office: each venue is approved by it. The office
    itself registers organisations for others and then names their first owner. The caller's next
    access token, from a renewal, knows of the organisation.
    """
    async with transaction(request.app[DATABASE]) as conn:
        if earlier := await idempotency.earlier(conn, Membership):
            return earlier
        view = Membership(organisation_id=request.app[IDS].new(), name=body.name)
        await _register(conn, caller, view)
        await idempotency.keep(conn, view)
    _log.info("organisation.created", organisation_id=str(view.organisation_id))
    return view


async def _register(conn: Connection, caller: Caller, view: Membership) -> None:
    # A token is good for some seconds after its account was closed or erased.
    if not await lock_account(conn, caller.person):
        raise NotSignedIn
    for_others = caller.may("organisation.register_for_others")
    if not for_others:
        # Registrations of one account wait here for each other, so that each is counted.
        await check_room(conn, caller.person)
        if await conn.fetchval(COUNT_OWN, caller.person) >= MOST_OWN:
            raise TooManyOrganisations(most=MOST_OWN)
    await conn.execute(INSERT, view.organisation_id, view.name, caller.person)
    if not for_others:
        await conn.execute(ADD_OWNER, view.organisation_id, caller.person)
        await show_rights(conn, caller.person)
    await audit.record(conn, caller, action="organisation.registered", subject=view.organisation_id)
