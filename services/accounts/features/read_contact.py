"""Tell one of our services how to reach a person, and write down that it was told."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from aiohttp import web

from services.accounts.keys import CONTACTS
from services.accounts.read_reason import ReadReason
from shared.core.errors import NotFound
from shared.core.localized import Language
from shared.db import fetch_first, transaction
from shared.http.access import Caller, may
from shared.http.keys import DATABASE
from shared.http.models import Path, Reply
from shared.http.route import route


class AccountPath(Path):
    """Which account."""

    account_id: UUID


class ContactView(Reply):
    """How to reach a person, and in which language."""

    account_id: UUID
    name: str | None
    email: str | None
    phone: str | None
    language: Language


@dataclass(frozen=True, slots=True)
class Sealed:
    """What is kept of a person's contacts."""

    name: bytes | None
    email: bytes | None
    phone: bytes | None
    language: Language


FIND: Final = """
    select account.name, email.address as email, phone.address as phone, account.language
    from accounts as account
    left join contact_points as email
        on email.account_id = account.id and email.channel = 'email'
    left join contact_points as phone
        on phone.account_id = account.id and phone.channel = 'phone'
    where account.id = $1 and account.deactivated_at is null
"""
RECORD: Final = """
    insert into personal_data_reads (account_id, reader, reason) values ($1, $2, $3)
"""


@route(
    "GET",
    "/v1/accounts/{account_id}/contact",
    access=may("service.contact"),
    errors=(NotFound,),
)
async def read_contact(
    request: web.Request, caller: Caller, path: AccountPath, headers: ReadReason
) -> ContactView:
    """Tell how to reach a person.

    Every reading is recorded with its reader and its reason (docs/domain.md rule 14).
    """
    contacts = request.app[CONTACTS]
    account_id = path.account_id
    async with transaction(request.app[DATABASE]) as conn:
        sealed = await fetch_first(conn, Sealed, FIND, account_id)
        if sealed is None:
            raise NotFound
        await conn.execute(RECORD, account_id, caller.key, headers.reason)
    return ContactView(
        account_id=account_id,
        name=contacts.open_name(sealed.name, account_id),
        email=contacts.open(sealed.email, "email", account_id),
        phone=contacts.open(sealed.phone, "phone", account_id),
        language=sealed.language,
    )
