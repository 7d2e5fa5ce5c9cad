"""Somebody came through the gate: their buyer may review it."""

from typing import Final

from services.venues.visits import UNDONE, keep_ticket, lock_reviewed_venue, lock_visit
from shared.contracts.bookings import TicketCheckedIn
from shared.contracts.event import Envelope
from shared.db import Connection

# What was hidden because nobody had come, as long as nobody else hid it. An event that a newer one
# overtook checks nobody in.
SHOW_AGAIN: Final = """
with restored as (
    update reviews
    set state = 'shown', hidden_because = null, version = version + 1
    where
        line_id = $1
        and state = 'hidden'
        and hidden_because = $2
        and exists (
            select from visit_tickets where line_id = $1 and checked_in_at is not null
        )
        and 'platform' = (
            select role
            from review_trace
            where review_trace.review_id = reviews.review_id and step = 'hidden'
            order by entry_id desc
            limit 1
        )
    returning review_id, version
)
insert into review_trace (entry_id, review_id, step, role, done_at, version)
select uuidv7(), review_id, 'restored', 'platform', $3, version
from restored
"""


async def on_ticket_checked_in(
    conn: Connection, event: TicketCheckedIn, envelope: Envelope
) -> None:
    """Keep that they came, and when; a review that was hidden because they had not is shown."""
    await lock_visit(conn, event.line_id)
    await keep_ticket(conn, event.line_id, event.ordinal, event.checked_in_at, envelope.version)
    if await lock_reviewed_venue(conn, event.line_id):
        await conn.execute(SHOW_AGAIN, event.line_id, UNDONE, envelope.time)
