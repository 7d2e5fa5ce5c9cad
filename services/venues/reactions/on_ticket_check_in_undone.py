"""A check-in was a mistake: whoever wrote a review by it was not there."""

from typing import Final

from services.venues.visits import keep_ticket
from shared.contracts.bookings import TicketCheckInUndone
from shared.contracts.event import Envelope
from shared.db import Connection

REASON: Final = "核销已撤销。 The check-in was taken back."

# The venue before the review, as everybody who writes on one locks them.
LOCK_VENUE: Final = """
select venue_id
from venues
where venue_id in (select venue_id from reviews where line_id = $1)
for no key update
"""

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
    await keep_ticket(conn, event.line_id, event.ordinal, None, envelope.version)
    await conn.execute(LOCK_VENUE, event.line_id)
    await conn.execute(HIDE, event.line_id, REASON, envelope.time)
