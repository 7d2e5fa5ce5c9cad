"""Whose a venue is, who sees it, and the lock under which it is changed.

Whatever is not the caller's to see or to change answers exactly as if it did not exist.
"""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from services.venues.domain.life import State
from services.venues.errors import VenueStateConflict
from shared.core.errors import NotFound
from shared.db import Connection, fetch_first
from shared.http.access import Caller


@dataclass(frozen=True, slots=True)
class LockedVenue:
    """A venue whose row this transaction holds, and with it its offerings, schedules, slots."""

    venue_id: UUID
    organisation_id: UUID
    state: State
    edit_version: int
    # Off sale by itself, while a licence that it needs is over.
    licence_suspended: bool = False

    @property
    def on_sale(self) -> bool:
        """Whether the others know it as open for bookings, and so hear of its changes."""
        return self.state == "published" and not self.licence_suspended


# Everything that changes a venue, its offerings or its slots locks the venue's row first. So
# its events get their versions one after the other, and there is no second order of locks.
LOCK_VENUE: Final = """
select
    venue_id,
    organisation_id,
    state,
    edit_version,
    licence_suspended_at is not null as licence_suspended
from venues
where venue_id = $1
for no key update
"""

LOCK_VENUE_OF_OFFERING: Final = """
select
    venue_id,
    organisation_id,
    state,
    edit_version,
    licence_suspended_at is not null as licence_suspended
from venues
where venue_id = (select venue_id from offerings where offering_id = $1)
for no key update
"""


def sees(
    caller: Caller | None,
    organisation_id: UUID,
    venue_id: UUID,
    state: State,
    *,
    held_back: bool = False,
) -> bool:
    """Tell whether the caller may see a venue, or an offering of it that may be held back.

    A published one everybody, else its people: its organisation, the tourism office, and our own
    services.
    """
    is_public = state == "published" and not held_back
    return is_public or reads_always(caller, organisation_id, venue_id)


def reads_always(caller: Caller | None, organisation_id: UUID, venue_id: UUID) -> bool:
    """Tell whether the caller sees a venue in every state, with all that it offers."""
    return caller is not None and (
        caller.service is not None or caller.may("venue.read", organisation_id, venue_id)
    )


async def lock_venue(conn: Connection, venue_id: UUID) -> LockedVenue:
    """Lock a venue for a change by the office. Raises NotFound."""
    venue = await fetch_first(conn, LockedVenue, LOCK_VENUE, venue_id)
    if venue is None:
        raise NotFound
    return venue


async def lock_own_venue(
    conn: Connection, venue_id: UUID, caller: Caller, permission: str
) -> LockedVenue:
    """Lock a venue for a change that the caller may make there. Raises NotFound."""
    return _own(await fetch_first(conn, LockedVenue, LOCK_VENUE, venue_id), caller, permission)


async def lock_venue_of_own_offering(
    conn: Connection, offering_id: UUID, caller: Caller, permission: str
) -> LockedVenue:
    """Lock the venue of an offering for a change that the caller may make. Raises NotFound."""
    venue = await fetch_first(conn, LockedVenue, LOCK_VENUE_OF_OFFERING, offering_id)
    return _own(venue, caller, permission)


def check_editable(venue: LockedVenue) -> None:
    """Raise VenueStateConflict for a venue that has to be restored before it is edited."""
    if venue.state == "archived":
        raise VenueStateConflict(state=venue.state)


def _own(venue: LockedVenue | None, caller: Caller, permission: str) -> LockedVenue:
    if venue is None or not caller.may(permission, venue.organisation_id, venue.venue_id):
        raise NotFound
    return venue
