"""Who says who works for an organisation: its owners, and the office where there is none."""

from uuid import UUID

from services.accounts.errors import OrganisationOwned, OwnMembership
from services.accounts.members import count_owners
from services.accounts.present_rights import present
from shared.core.errors import NotSignedIn
from shared.core.permissions import DIRECTOR, OWNER
from shared.db import Connection
from shared.http.access import Caller


async def manages_for_office(
    conn: Connection, caller: Caller, organisation_id: UUID, account_id: UUID
) -> bool:
    """Tell for whom a caller manages somebody's membership: the office, or else as an owner.

    A director names somebody where no owner can sign in, and never themselves: an organisation is
    not the office's to take. The organisation's lock must be held. Raises NotSignedIn for whoever
    may not by now, OrganisationOwned and OwnMembership.
    """
    now = await present(conn, caller)
    if any(grant.role == OWNER and grant.covers(organisation_id, None) for grant in now.grants):
        return False
    if DIRECTOR not in now.roles:
        raise NotSignedIn
    if await count_owners(conn, organisation_id):
        raise OrganisationOwned
    if account_id == caller.person:
        raise OwnMembership
    return True
