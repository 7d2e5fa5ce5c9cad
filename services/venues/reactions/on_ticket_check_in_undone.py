"""A check-in was a mistake: whoever wrote a review by it was not there."""

from typing import Final

from services.venues.visits import UNDONE, keep_ticket, lock_reviewed_venue, lock_visit
from shared.contracts.bookings import TicketCheckInUndone
from shared.contracts.event import Envelope
from shared.db import Connection

# In the minutes in which a check-in can be taken back somebody may have been quick to write.
HIDE: Final = """
with hidden as (
    update reviews
    set state = 'hidden', hidden_because = $2, version = version + 1
    where
        line_id = $1
        and state = 'shown'
        and not exists (
            select from visit_tickets where line_id = $1 and checked_in_at is not null
        )
    returning review_id, version
)
insert into review_trace (entry_id, review_id, step, role, done_at, version, note)
select uuidv7(), review_id, 'hidden', 'platform', $3, version, $2
from hidden
"""


async def on_ticket_check_in_undone(
    conn: Connection, event: TicketCheckInUndone, envelope: Envelope
) -> None:
    """Keep that they did not come, and hide a review if nobody of the line is left."""
    await lock_visit(conn, event.line_id)
    await keep_ticket(conn, event.line_id, event.ordinal, None, envelope.version)
    await lock_reviewed_venue(conn, event.line_id)
    await conn.execute(HIDE, event.line_id, UNDONE, envelope.time)
