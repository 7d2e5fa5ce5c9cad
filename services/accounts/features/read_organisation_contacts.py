"""Tell who runs an organisation and how to reach them, and write down that it was told."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from aiohttp import web

from services.accounts.keys import CONTACTS
from services.accounts.read_reason import ReadReason
from shared.core.localized import Language
from shared.db import fetch_all, transaction
from shared.http.access import Caller, may
from shared.http.keys import DATABASE
from shared.http.models import Page, Path, Query, Reply
from shared.http.route import route


class OrganisationContactsPath(Path):
    """Which organisation."""

    organisation_id: UUID


class OrganisationContactsQuery(Query):
    """About which of its venues."""

    venue_id: UUID | None = None


class OrganisationContact(Reply):
    """How to reach one of the people who run an organisation, and in which language."""

    account_id: UUID
    email: str | None
    phone: str | None
    language: Language


@dataclass(frozen=True, slots=True)
class SealedContact:
    """What is kept of a person's contacts."""

    account_id: UUID
    email: bytes | None
    phone: bytes | None
    language: Language


# Owners and managers; $2 leaves out the managers of other venues. A hundred is more than any
# organisation has, and few enough for one answer.
FIND: Final = """
    select
        account.id as account_id, email.address as email, phone.address as phone, account.language
    from organisation_members as member
    join accounts as account on account.id = member.account_id
    left join contact_points as email
        on email.account_id = account.id and email.channel = 'email'
    left join contact_points as phone
        on phone.account_id = account.id and phone.channel = 'phone'
    where
        member.organisation_id = $1
        and member.role in ('owner', 'manager')
        and member.accepted_at is not null
        and ($2::uuid is null or member.venues is null or $2 = any(member.venues))
        and account.deactivated_at is null
    order by account.id
    limit 100
"""
RECORD_ALL: Final = """
    insert into personal_data_reads (account_id, reader, reason)
    select account_id, $2, $3 from unnest($1::uuid[]) as account_id
"""


@route(
    "GET",
    "/v1/organisations/{organisation_id}/contacts",
    access=may("service.organisation_contacts"),
)
async def read_organisation_contacts(
    request: web.Request,
    caller: Caller,
    path: OrganisationContactsPath,
    query: OrganisationContactsQuery,
    headers: ReadReason,
) -> Page[OrganisationContact]:
    """Tell how to reach an organisation's owners and managers.

    The reading of each of them is recorded with its reader and its reason (docs/domain.md rule
    14). An organisation that does not exist has nobody.
    """
    contacts = request.app[CONTACTS]
    async with transaction(request.app[DATABASE]) as conn:
        found = await fetch_all(conn, SealedContact, FIND, path.organisation_id, query.venue_id)
        read = [one.account_id for one in found]
        await conn.execute(RECORD_ALL, read, caller.key, headers.reason)
    return Page[OrganisationContact](
        items=[
            OrganisationContact(
                account_id=one.account_id,
                email=contacts.open(one.email, "email", one.account_id),
                phone=contacts.open(one.phone, "phone", one.account_id),
                language=one.language,
            )
            for one in found
        ]
    )
