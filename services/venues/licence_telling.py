"""Telling what becomes of a licence: each is an event of its own, with the licence's next version.

The caller holds the lock on the row of the licence's venue.
"""

from typing import Final
from uuid import UUID

from services.venues.telling import tell
from shared.contracts.venues import LicenceExpired, LicenceExpiring, LicenceRenewed
from shared.db import Connection

TELL: Final = """
update licences l
set event_version = l.event_version + 1
from venues v
where l.licence_id = $1 and v.venue_id = l.venue_id
returning
    l.licence_id,
    l.kind,
    l.venue_id,
    v.organisation_id,
    v.name as venue_name,
    l.valid_until,
    l.event_version as version
"""

TELL_EXPIRING: Final = """
update licences l
set event_version = l.event_version + 1
from venues v
where l.licence_id = $1 and v.venue_id = l.venue_id
returning
    l.licence_id,
    l.kind,
    l.venue_id,
    v.organisation_id,
    v.name as venue_name,
    l.valid_until,
    $2::integer as days,
    l.event_version as version
"""


async def tell_expiring(conn: Connection, licence_id: UUID, days: int) -> None:
    """Tell that a licence holds for at most so many more days."""
    rows = await conn.fetch(TELL_EXPIRING, licence_id, days)
    await tell(conn, LicenceExpiring, "licence_id", rows)


async def tell_expired(conn: Connection, licence_id: UUID) -> None:
    """Tell that a licence is over."""
    await tell(conn, LicenceExpired, "licence_id", await conn.fetch(TELL, licence_id))


async def tell_renewed(conn: Connection, licence_id: UUID) -> None:
    """Tell that a licence takes the place of an earlier one."""
    await tell(conn, LicenceRenewed, "licence_id", await conn.fetch(TELL, licence_id))
