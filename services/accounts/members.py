"""Who works for an organisation: finding and locking it, and what is shown of its people."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final, Literal, Self
from uuid import UUID

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from services.accounts.contact_book import ContactBook
from services.accounts.domain.contacts import Channel
from services.accounts.errors import LastOwner
from shared.core.errors import NotFound
from shared.core.masking import masked_email, masked_name, masked_phone
from shared.db import Connection, fetch_all
from shared.http.access import Caller
from shared.http.models import Body, Path, Reply

MemberRole = Literal["owner", "manager", "gate", "accountant"]
# Access tokens carry them.
MOST_VENUES: Final = 20

RoleField = Annotated[
    MemberRole,
    Field(
        description="`owner` may everything, `manager` all but people and money, `gate` lets "
        "people in, `accountant` reads what is due."
    ),
]
VenuesField = Annotated[
    list[UUID] | None,
    Field(
        min_length=1,
        max_length=MOST_VENUES,
        description="The venues that the role is limited to; null is all of them.",
    ),
]


class RoleBody(Body):
    """What somebody does in an organisation."""

    role: RoleField
    venues: VenuesField = None

    @model_validator(mode="after")
    def _owners_own_all(self) -> Self:
        if self.role == "owner" and self.venues is not None:
            raise PydanticCustomError("owners_own_all", "an owner's role has no limits")
        return self


class OrganisationPath(Path):
    """Which organisation."""

    organisation_id: UUID


class MemberPath(OrganisationPath):
    """Which member of which organisation."""

    account_id: UUID


class MemberView(Reply):
    """Who works for an organisation, as what, and for which of its venues (null: for all).

    Name and addresses are masked: enough to tell colleagues apart. Before somebody has accepted,
    nothing is shown of them but the contact by which they were invited, and `account_id` is the
    invitation's id.
    """

    organisation_id: UUID
    account_id: UUID
    role: MemberRole
    venues: list[UUID] | None
    name: str | None
    email: str | None
    phone: str | None
    added_at: datetime
    accepted_at: datetime | None


@dataclass(frozen=True, slots=True)
class Member:
    """A member as it is kept, with name and addresses sealed."""

    organisation_id: UUID
    account_id: UUID
    role: MemberRole
    venues: list[UUID] | None
    name: bytes | None
    email: bytes | None
    phone: bytes | None
    added_at: datetime
    accepted_at: datetime | None
    invited_by: Channel | None
    shown_id: UUID

    @property
    def is_accepted(self) -> bool:
        """Whether the person has agreed; until then they are nobody here."""
        return self.accepted_at is not None

    @property
    def is_owner(self) -> bool:
        """Whether the organisation may rely on the person as its owner."""
        return self.is_accepted and self.role == "owner"

    def view(self, contacts: ContactBook) -> MemberView:
        """Return what colleagues see of the member."""
        person = self.account_id
        return MemberView(
            organisation_id=self.organisation_id,
            account_id=self.shown_id,
            role=self.role,
            venues=self.venues,
            name=masked_name(contacts.open_name(self._shown(self.name), person)),
            email=masked_email(contacts.open(self._shown(self.email, "email"), "email", person)),
            phone=masked_phone(contacts.open(self._shown(self.phone, "phone"), "phone", person)),
            added_at=self.added_at,
            accepted_at=self.accepted_at,
        )

    def _shown(self, sealed: bytes | None, channel: Channel | None = None) -> bytes | None:
        typed = channel is not None and channel == self.invited_by
        return sealed if self.is_accepted or typed else None


# Whoever changes who works for an organisation waits here for each other: the last owner can't
# leave because two owners left at the same moment.
LOCK: Final = "select id from organisations where id = $1 for no key update"

# $2 is null for all members, $3 the last one of the page before.
FIND_MEMBERS: Final = """
    select
        member.organisation_id,
        member.account_id,
        member.role,
        member.venues,
        account.name,
        email.address as email,
        phone.address as phone,
        member.added_at,
        member.accepted_at,
        member.invited_by,
        member.shown_id
    from (
        select
            *, case when accepted_at is null then invitation_id else account_id end as shown_id
        from organisation_members
    ) as member
    join accounts as account on account.id = member.account_id
    left join contact_points as email
        on email.account_id = account.id and email.channel = 'email'
    left join contact_points as phone
        on phone.account_id = account.id and phone.channel = 'phone'
    where member.organisation_id = $1
        and ($2::uuid is null or $2 in (member.account_id, member.shown_id))
        and ($3::uuid is null or member.shown_id > $3)
    order by member.shown_id
    limit $4
"""
# Who is invited, or can't sign in, can't look after anything.
COUNT_OWNERS: Final = """
    select count(*)
    from organisation_members as member
    join accounts as account on account.id = member.account_id
    where member.organisation_id = $1
        and member.role = 'owner'
        and member.accepted_at is not null
        and account.deactivated_at is null
"""


def check_manages(caller: Caller, organisation_id: UUID) -> None:
    """Raise NotFound unless the caller, by their token, says who works for the organisation."""
    if not caller.may("member.manage", organisation_id):
        raise NotFound


async def lock_organisation(conn: Connection, organisation_id: UUID) -> None:
    """Lock an organisation for a change of its members. Raises NotFound."""
    if await conn.fetchval(LOCK, organisation_id) is None:
        raise NotFound


async def find_members(
    conn: Connection,
    organisation_id: UUID,
    account_id: UUID | None = None,
    *,
    after: UUID | None = None,
    most: int = 1,
) -> list[Member]:
    """Return members of an organisation in the order of their ids, or one of them."""
    return await fetch_all(conn, Member, FIND_MEMBERS, organisation_id, account_id, after, most)


async def find_member(conn: Connection, path: MemberPath) -> Member:
    """Return one member. Raises NotFound."""
    found = await find_members(conn, path.organisation_id, path.account_id)
    if not found:
        raise NotFound
    return found[0]


async def count_owners(conn: Connection, organisation_id: UUID) -> int:
    """Return how many owners look after the organisation; the lock must be held."""
    owners: int = await conn.fetchval(COUNT_OWNERS, organisation_id)
    return owners


async def check_owned(conn: Connection, organisation_id: UUID) -> None:
    """Raise LastOwner where nobody owns the organisation any more; the lock must be held."""
    if not await count_owners(conn, organisation_id):
        raise LastOwner
