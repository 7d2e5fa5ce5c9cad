"""Let an operator read a guest's name and number in full, for a reason that is written down."""

from typing import Annotated, Final, Literal
from uuid import UUID

from aiohttp import web
from pydantic import AfterValidator, Field

from services.bookings.keys import CONTACT_SEALER
from services.bookings.paths import VenuePath
from services.bookings.venue_access import check_works_at
from services.bookings.views import open_contact
from shared.core.errors import NotFound
from shared.core.masking import CodeEnd
from shared.db import transaction
from shared.http.access import Caller, may
from shared.http.keys import DATABASE, IDS
from shared.http.models import Body, Reply, line
from shared.http.route import route

LONGEST_NOTE: Final = 100


class ReadGuestContact(Body):
    """Whose contact, by a line at the venue, and what for; the guest can read both."""

    line_id: UUID
    reason: Literal["late_arrival", "change_of_plan", "lost_property", "safety", "guest_asked"]
    note: (
        Annotated[
            str,
            AfterValidator(line(LONGEST_NOTE)),
            Field(min_length=1, json_schema_extra={"maxLength": LONGEST_NOTE}),
        ]
        | None
    ) = None


class GuestContact(Reply):
    """Who booked, and how to reach them; `phone` is null where they gave none."""

    order_code: CodeEnd
    name: str
    phone: str | None


FIND: Final = """
select order_id, account_id, code, contact_sealed
from order_lines
join orders using (order_id)
where line_id = $1 and venue_id = $2
"""
RECORD: Final = """
insert into contact_reads (read_id, account_id, order_id, venue_id, reader, reason, note)
values ($1, $2, $3, $4, $5, $6, $7)
"""


@route(
    "POST",
    "/v1/venues/{venue_id}/contact-reads",
    access=may("arrivals.read"),
    status=201,
    errors=(NotFound,),
)
async def read_guest_contact(
    request: web.Request, caller: Caller, path: VenuePath, body: ReadGuestContact
) -> GuestContact:
    """Read the name and number of a booking at the caller's venue, which lists show masked.

    Every reading is recorded with its reader and reason, also one that is repeated; guests find
    it in the archive of their data (docs/domain.md rule 14). Not an API key's to read.
    """
    async with transaction(request.app[DATABASE]) as conn:
        await check_works_at(conn, path.venue_id, caller, "arrivals.read")
        row = await conn.fetchrow(FIND, body.line_id, path.venue_id)
        if row is None or caller.is_program:
            raise NotFound
        await conn.execute(
            RECORD,
            request.app[IDS].new(),
            row["account_id"],
            row["order_id"],
            path.venue_id,
            caller.person,
            body.reason,
            body.note,
        )
    contact = open_contact(row["contact_sealed"], request.app[CONTACT_SEALER])
    return GuestContact(order_code=row["code"], name=contact.name, phone=contact.phone)
