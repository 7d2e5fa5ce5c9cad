"""Who works for the tourism office, and who books for others."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal
from uuid import UUID

from services.accounts.contact_book import ContactBook
from services.accounts.errors import LastDirector
from shared.core.masking import masked_email, masked_name, masked_phone
from shared.db import Connection, fetch_all
from shared.http.models import Path, Reply

OfficeRole = Literal["office_viewer", "office_approver", "office_director"]
BookingRole = Literal["helper", "organiser"]


class OfficerPath(Path):
    """Which person."""

    account_id: UUID


class OfficerView(Reply):
    """Somebody with a role of the office, or who books for others; name and addresses masked.

    `by_setting` tells that a setting of the platform names the person: that alone ends their work
    for the office.
    """

    account_id: UUID
    role: OfficeRole | BookingRole
    by_setting: bool
    name: str | None
    email: str | None
    phone: str | None
    added_at: datetime


@dataclass(frozen=True, slots=True)
class Officer:
    """Somebody with a role, as they are kept: name and addresses sealed."""

    account_id: UUID
    role: OfficeRole | BookingRole
    by_setting: bool
    name: bytes | None
    email: bytes | None
    phone: bytes | None
    added_at: datetime

    def view(self, contacts: ContactBook) -> OfficerView:
        """Return what the office sees of the person."""
        person = self.account_id
        return OfficerView(
            account_id=person,
            role=self.role,
            by_setting=self.by_setting,
            name=masked_name(contacts.open_name(self.name, person)),
            email=masked_email(contacts.open(self.email, "email", person)),
            phone=masked_phone(contacts.open(self.phone, "phone", person)),
            added_at=self.added_at,
        )


# Two directors who dismiss each other at the same moment must not both succeed: the office is one
# row's worth of truth without a row, so this lock stands for it.
LOCK_OFFICE: Final = "select pg_advisory_xact_lock(hashtext('office_members'))"

# $1 is one person or null for all, $2 the last of the page before.
FIND_OFFICERS: Final = """
    select
        holder.account_id,
        holder.role,
        holder.by_setting,
        account.name,
        email.address as email,
        phone.address as phone,
        holder.added_at
    from (
        select account_id, role, added_by is null as by_setting, since as added_at
        from office_members
        where $4
        union all
        select account_id, role, false, added_at from booking_roles where not $4
    ) as holder
    join accounts as account on account.id = holder.account_id
    left join contact_points as email
        on email.account_id = account.id and email.channel = 'email'
    left join contact_points as phone
        on phone.account_id = account.id and phone.channel = 'phone'
    where ($1::uuid is null or holder.account_id = $1)
        and ($2::uuid is null or holder.account_id > $2)
    order by holder.account_id, holder.role
    limit $3
"""
# Who can't sign in directs nothing.
COUNT_DIRECTORS: Final = """
    select count(*)
    from office_members as member
    join accounts as account on account.id = member.account_id
    where member.role = 'office_director' and account.deactivated_at is null
"""


async def lock_office(conn: Connection) -> None:
    """Lock the office's membership for a change of it, or by right of it."""
    await conn.execute(LOCK_OFFICE)


async def check_directed(conn: Connection) -> None:
    """Raise LastDirector where the office has no director any more; the lock must be held."""
    if not await conn.fetchval(COUNT_DIRECTORS):
        raise LastDirector


async def find_officers(
    conn: Connection,
    account_id: UUID | None = None,
    *,
    after: UUID | None = None,
    most: int = 2,
    office: bool = True,
) -> list[Officer]:
    """Return who works for the office, or else who books for others."""
    return await fetch_all(conn, Officer, FIND_OFFICERS, account_id, after, most, office)
