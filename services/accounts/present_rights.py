"""What callers may do at this moment, by the tables, and not by the token that they were given.

A token is believed for some seconds after its rights went (docs/adr/0023). That is too long where
rights themselves are given and taken: whoever is shown the door would name somebody on the way out.
"""

from dataclasses import replace
from typing import Final
from uuid import UUID

from services.accounts.sessions import FIND_GRANTS, Grants
from shared.core.errors import NotSignedIn
from shared.db import Connection, fetch_one
from shared.http.access import Caller

# An API key has no session, and nothing of what is asked for here.
IS_IN_USE: Final = """
    select exists (
        select from sessions as session
        join accounts as account on account.id = session.account_id
        where session.id = $1
            and session.account_id = $2
            and session.revoked_at is null
            and account.deactivated_at is null
    )
"""


async def present(conn: Connection, caller: Caller) -> Caller:
    """Return the caller with the rights that they have now. Goes after the lock of what changes.

    What somebody committed who held the lock before is seen by that. Raises NotSignedIn, as for
    any token that ended before its time, where the session or the account is over.
    """
    if not await conn.fetchval(IS_IN_USE, caller.session_id, caller.person):
        raise NotSignedIn
    grants = await fetch_one(conn, Grants, FIND_GRANTS, caller.person)
    return replace(
        caller,
        roles=caller.roles & frozenset(grants.roles),
        grants=tuple(grants.in_organisations),
    )


async def require_present(
    conn: Connection, caller: Caller, permission: str, organisation_id: UUID | None = None
) -> None:
    """Raise NotSignedIn where the caller has a permission by their token alone, and no longer."""
    if not (await present(conn, caller)).may(permission, organisation_id):
        raise NotSignedIn
