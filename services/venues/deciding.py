"""Moving a venue along its life: one decision, on the record, under the venue's lock."""

from datetime import datetime
from typing import Final
from uuid import UUID

from services.venues import telling
from services.venues.domain.life import Decision, next_state
from services.venues.errors import VenueStateConflict, VenueWithoutSchedule
from services.venues.ownership import LockedVenue
from shared.core.errors import NotAllowed
from shared.db import Connection
from shared.http.access import Caller

HAS_SCHEDULE: Final = """
select exists (
    select from schedules join offerings using (offering_id) where venue_id = $1
)
"""

RECORD: Final = """
insert into venue_decisions (
    decision_id, venue_id, decision, decided_by, decided_at, edit_version, reason
)
values ($1, $2, $3, $4, $5, $6, $7)
"""

# The events follow in the same transaction; a published venue has had one from the beginning.
MOVE: Final = """
update venues
set state = $2, edit_version = edit_version + 1
where venue_id = $1
"""


async def decide(
    conn: Connection,
    venue: LockedVenue,
    decision: Decision,
    *,
    decision_id: UUID,
    caller: Caller,
    now: datetime,
    reason: str | None = None,
) -> None:
    """Take a decision about a locked venue: its state, the record, and what the others hear.

    Raises VenueStateConflict where the decision does not follow from the venue's state, and
    VenueWithoutSchedule where there would be nothing to book.
    """
    state = next_state(venue.state, decision)
    if state is None:
        raise VenueStateConflict(state=venue.state)
    if caller.account_id is None:
        raise NotAllowed
    if state == "published":
        if not await conn.fetchval(HAS_SCHEDULE, venue.venue_id):
            raise VenueWithoutSchedule
        await telling.publish_all(conn, venue.venue_id, now)
    elif venue.state == "published":
        await telling.withdraw_all(conn, venue.venue_id, now)
    await conn.execute(MOVE, venue.venue_id, state)
    await conn.execute(
        RECORD,
        decision_id,
        venue.venue_id,
        decision,
        caller.account_id,
        now,
        venue.edit_version,
        reason,
    )
