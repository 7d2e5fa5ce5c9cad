"""What a person sees of their own account."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from pydantic import Field

from services.accounts.contact_book import ContactBook
from shared.core.errors import NotFound
from shared.core.localized import Language
from shared.db import Connection, fetch_all, fetch_first
from shared.http.etags import Versioned
from shared.http.models import Reply


class Membership(Reply):
    """An organisation that a person works for."""

    organisation_id: UUID
    name: str
    role: str | None = None
    venues: list[UUID] | None = None


class MeView(Reply):
    """A person's own account."""

    account_id: UUID
    name: str | None
    email: str | None
    phone: str | None
    language: Language
    roles: list[str]
    organisations: list[Membership]
    invitations: list[Membership] = Field(
        description="Who asks the person to work for them: nothing until the person accepts."
    )


@dataclass(frozen=True, slots=True)
class Person:
    """An account as it is kept, with its addresses sealed."""

    id: UUID
    name: bytes | None
    email: bytes | None
    phone: bytes | None
    language: Language
    version: int
    roles: list[str]


FIND_PERSON: Final = """
    select
        account.id,
        account.name,
        email.address as email,
        phone.address as phone,
        account.language,
        account.version,
        array(
            select role from office_members where account_id = account.id
            union all
            select role from booking_roles where account_id = account.id
            union all
            select 'visitor'
            order by role
        ) as roles
    from accounts as account
    left join contact_points as email
        on email.account_id = account.id and email.channel = 'email'
    left join contact_points as phone
        on phone.account_id = account.id and phone.channel = 'phone'
    where account.id = $1 and account.deactivated_at is null
"""
FIND_MEMBERSHIPS: Final = """
    select organisation.id as organisation_id, organisation.name, member.role, member.venues
    from organisation_members as member
    join organisations as organisation on organisation.id = member.organisation_id
    where member.account_id = $1 and (member.accepted_at is not null) = $2
    order by organisation.name, organisation.id
    limit $3
"""
# More than one may accept; who invites beyond it waits for others to be declined.
MOST_SHOWN: Final = 50


async def read_me(
    conn: Connection, contacts: ContactBook, account_id: UUID | None
) -> Versioned[MeView]:
    """Return an account as its person sees it. Raises NotFound for one that is closed."""
    person = await fetch_first(conn, Person, FIND_PERSON, account_id)
    if person is None:
        raise NotFound
    memberships, invitations = [
        await fetch_all(conn, Membership, FIND_MEMBERSHIPS, account_id, accepted, MOST_SHOWN)
        for accepted in (True, False)
    ]
    view = MeView(
        account_id=person.id,
        name=contacts.open_name(person.name, person.id),
        email=contacts.open(person.email, "email", person.id),
        phone=contacts.open(person.phone, "phone", person.id),
        language=person.language,
        roles=person.roles,
        organisations=memberships,
        invitations=invitations,
    )
    return Versioned(view, person.version)
