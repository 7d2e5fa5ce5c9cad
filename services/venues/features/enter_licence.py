"""Enter a licence of a venue, the first of its kind or the next one."""

from typing import Annotated, Final, Self
from uuid import UUID

from aiohttp import web
from pydantic import AfterValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from services.venues.errors import LicenceKnown, TooManyLicences
from services.venues.licence_views import LicenceView, licence_view
from services.venues.licensing import lock_for_licences
from services.venues.paths import VenuePath
from shared.contracts.venues import LicenceKind
from shared.core.clock import local_day
from shared.core.errors import NotFound
from shared.db import Connection, constraint_errors, transaction
from shared.http.access import Caller, may
from shared.http.idempotency import Idempotency
from shared.http.keys import CLOCK, DATABASE, IDS
from shared.http.models import Body, Day, line
from shared.http.route import route
from shared.http.validation import invalid

MOST_LICENCES: Final = 200


class EnterLicence(Body):
    """A licence as its paper says; it holds on its first day and on its last."""

    kind: LicenceKind
    number: Annotated[str, AfterValidator(line(60)), Field(min_length=1, max_length=60)]
    issued_by: Annotated[str, AfterValidator(line(120)), Field(min_length=1, max_length=120)]
    valid_from: Day
    valid_until: Day

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if self.valid_until < self.valid_from:
            raise PydanticCustomError("ends_before_start", "it ends before it begins")
        return self


COUNT: Final = "select count(*) from licences where venue_id = $1"

INSERT: Final = """
insert into licences (
    licence_id, venue_id, kind, number, issued_by, valid_from, valid_until, entered_by, entered_at
)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
"""


@route(
    "POST",
    "/v1/venues/{venue_id}/licences",
    access=may("licence.change"),
    status=201,
    idempotent=True,
    errors=(NotFound, LicenceKnown, TooManyLicences),
)
async def enter_licence(
    request: web.Request,
    caller: Caller,
    path: VenuePath,
    body: EnterLicence,
    idempotency: Idempotency,
) -> LicenceView:
    """Enter a licence of a venue of the caller's; it waits for the office's confirmation.

    A renewal is entered in the same way, before or after the earlier one ends. A venue that is
    off sale because a licence ended comes back by itself once the next one is confirmed.
    """
    app = request.app
    now = app[CLOCK].now()
    if body.valid_until < local_day(now):
        raise invalid("body", "/valid_until", "over_already")
    async with transaction(app[DATABASE]) as conn:
        if earlier := await idempotency.earlier(conn, LicenceView):
            return earlier
        venue = await lock_for_licences(conn, path.venue_id, caller)
        if await conn.fetchval(COUNT, venue.venue_id) >= MOST_LICENCES:
            raise TooManyLicences(limit=MOST_LICENCES)
        licence_id = app[IDS].new()
        await _insert(conn, licence_id, venue.venue_id, body, (caller.person, now))
        return await idempotency.keep(conn, await licence_view(conn, licence_id, local_day(now)))


async def _insert(
    conn: Connection,
    licence_id: UUID,
    venue_id: UUID,
    body: EnterLicence,
    entered: tuple[object, object],
) -> None:
    with constraint_errors({"licences_number_is_unique": LicenceKnown}):
        await conn.execute(
            INSERT,
            licence_id,
            venue_id,
            body.kind,
            body.number,
            body.issued_by,
            body.valid_from,
            body.valid_until,
            *entered,
        )
