"""Enter an organisation that runs venues."""

from typing import Annotated, Final

import structlog
from aiohttp import web
from pydantic import AfterValidator, Field

from services.accounts.me import Membership
from shared.db import transaction
from shared.http.access import Caller, may
from shared.http.idempotency import Idempotency
from shared.http.keys import DATABASE, IDS
from shared.http.models import Body, line
from shared.http.route import route

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

_log: Final = structlog.get_logger()


@route("POST", "/v1/organisations", access=may("organisation.create"), status=201, idempotent=True)
async def create_organisation(
    request: web.Request, caller: Caller, body: CreateOrganisation, idempotency: Idempotency
) -> Membership:
    """Enter an organisation; its members are added afterwards."""
    async with transaction(request.app[DATABASE]) as conn:
        if earlier := await idempotency.earlier(conn, Membership):
            return earlier
        view = Membership(organisation_id=request.app[IDS].new(), name=body.name)
        await conn.execute(INSERT, view.organisation_id, body.name, caller.account_id)
        await idempotency.keep(conn, view)
    _log.info("organisation.created", organisation_id=str(view.organisation_id))
    return view
