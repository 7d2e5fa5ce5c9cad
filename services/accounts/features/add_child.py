"""Let a guardian keep a child's name, for children's tickets."""

from typing import Annotated, Final
from uuid import UUID

from aiohttp import web
from pydantic import Field

from services.accounts import consents
from services.accounts.children import ChildView, load_children
from services.accounts.domain.consents import is_child
from services.accounts.errors import GuardianConsentNeeded, TooManyChildren
from services.accounts.keys import CONTACTS
from services.accounts.locks import lock_account
from shared.core.clock import today
from shared.core.errors import NotFound
from shared.db import Connection, transaction
from shared.http.access import Caller, may
from shared.http.idempotency import Idempotency
from shared.http.keys import CLOCK, DATABASE, IDS
from shared.http.models import Body, PersonName, Reply
from shared.http.route import route
from shared.http.validation import invalid

MOST_CHILDREN: Final = 10


class AddChild(Body):
    """A child, by the name that its guardian uses and its year of birth."""

    name: PersonName
    birth_year: Annotated[int, Field(ge=2000, le=2200)]


class KeptChild(Reply):
    """What is kept to repeat the answer: an id, so that no name lies open there."""

    child_id: UUID


COUNT: Final = "select count(*) from children where guardian_id = $1"
INSERT: Final = """
    insert into children (child_id, guardian_id, name, birth_year) values ($1, $2, $3, $4)
"""


@route(
    "POST",
    "/v1/me/children",
    access=may("account.own"),
    status=201,
    idempotent=True,
    errors=(NotFound, GuardianConsentNeeded, TooManyChildren),
)
async def add_child(
    request: web.Request, caller: Caller, body: AddChild, idempotency: Idempotency
) -> ChildView:
    """Keep a child of the caller's, sealed; ten at most.

    Needs the caller's consent to the notice about children (PIPL article 31), and goes with it.
    """
    app = request.app
    if not is_child(body.birth_year, today(app[CLOCK]).year):
        raise invalid("body", "/birth_year", "not_a_child")
    async with transaction(app[DATABASE]) as conn:
        earlier = await idempotency.earlier(conn, KeptChild)
        if earlier is not None:
            return await _show(conn, app, caller.person, earlier.child_id)
        if not await lock_account(conn, caller.person):
            raise NotFound
        if not await consents.is_given(conn, caller.person, "children"):
            raise GuardianConsentNeeded
        if await conn.fetchval(COUNT, caller.person) >= MOST_CHILDREN:
            raise TooManyChildren(most=MOST_CHILDREN)
        child_id = app[IDS].new()
        sealed = app[CONTACTS].seal_child(body.name, child_id)
        await conn.execute(INSERT, child_id, caller.person, sealed, body.birth_year)
        await idempotency.keep(conn, KeptChild(child_id=child_id))
        return await _show(conn, app, caller.person, child_id)


async def _show(
    conn: Connection, app: web.Application, guardian_id: UUID, child_id: UUID
) -> ChildView:
    for child in await load_children(conn, app[CONTACTS], guardian_id, child_id):
        return child
    raise NotFound
