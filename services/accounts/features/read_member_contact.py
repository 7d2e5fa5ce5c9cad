"""Let an owner read how to reach a colleague, for a reason that is written down."""

from typing import Annotated, Final, Literal
from uuid import UUID

from aiohttp import web
from pydantic import AfterValidator, Field

from services.accounts.keys import CONTACTS
from services.accounts.members import MemberPath, find_member
from services.accounts.present_rights import require_present
from shared.core.errors import NotFound
from shared.db import transaction
from shared.http.access import Caller, may
from shared.http.keys import DATABASE
from shared.http.models import Body, Reply, line
from shared.http.route import route

LONGEST_NOTE: Final = 100


class ReadMemberContact(Body):
    """What for; the colleague can read both."""

    reason: Literal["shift", "handover", "safety", "member_asked"]
    note: (
        Annotated[
            str,
            AfterValidator(line(LONGEST_NOTE)),
            Field(min_length=1, json_schema_extra={"maxLength": LONGEST_NOTE}),
        ]
        | None
    ) = None


class MemberContact(Reply):
    """How to reach a member of the organisation."""

    account_id: UUID
    name: str | None
    email: str | None
    phone: str | None


RECORD: Final = """
    insert into personal_data_reads (account_id, reader, reason, note) values ($1, $2, $3, $4)
"""


@route(
    "POST",
    "/v1/organisations/{organisation_id}/members/{account_id}/contact-reads",
    access=may("member.contact"),
    status=201,
    errors=(NotFound,),
)
async def read_member_contact(
    request: web.Request, caller: Caller, path: MemberPath, body: ReadMemberContact
) -> MemberContact:
    """Read a colleague's name and addresses, which lists show masked.

    Every reading is recorded with its reader and reason; the colleague finds it in the archive of
    their data (docs/domain.md rule 14). An owner's to read, never the office's or an API key's.
    Who was invited and has not accepted is no colleague.
    """
    if not caller.may("member.contact", path.organisation_id):
        raise NotFound
    contacts, person = request.app[CONTACTS], path.account_id
    async with transaction(request.app[DATABASE]) as conn:
        await require_present(conn, caller, "member.contact", path.organisation_id)
        member = await find_member(conn, path)
        if not member.is_accepted:
            raise NotFound
        await conn.execute(RECORD, person, caller.key, body.reason, body.note)
    return MemberContact(
        account_id=person,
        name=contacts.open_name(member.name, person),
        email=contacts.open(member.email, "email", person),
        phone=contacts.open(member.phone, "phone", person),
    )
