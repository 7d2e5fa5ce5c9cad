"""What staff do to their own second factors, in the audit log: others answer for their rights."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID

from shared.db import Connection, fetch_one
from shared.http.access import Caller
from shared.messaging import audit


@dataclass(frozen=True, slots=True)
class Work:
    """What an account does for the office, and whether it works for an organisation."""

    office_roles: list[str]
    is_member: bool


# A session without a second factor says nothing of its account's rights, so they are read.
FIND_WORK: Final = """
    select
        array(select role from office_members where account_id = $1) as office_roles,
        exists (
            select from organisation_members
            where account_id = $1 and accepted_at is not null
        ) as is_member
"""


async def record_factor_change(
    conn: Connection, caller: Caller, action: str, details: Mapping[str, UUID] | None = None
) -> None:
    """Have a change of the caller's own second factors written down, where they are staff.

    Visitors have nobody else's rights to lose: theirs is not written down (docs/adr/0025).
    """
    work = await fetch_one(conn, Work, FIND_WORK, caller.person)
    if not work.office_roles and not work.is_member:
        return
    known = replace(caller, roles=caller.roles | set(work.office_roles))
    await audit.record(conn, known, action=action, subject=caller.person, details=details)
