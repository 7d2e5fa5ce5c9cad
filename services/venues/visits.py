"""Who came where: what bookings tells, kept as far as reviews need it."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final
from uuid import UUID

from shared.contracts.bookings import BookedLine
from shared.db import Connection

# Why a review is hidden whose people had not come after all.
UNDONE: Final = "核销已撤销。 The check-in was taken back."

# Whether somebody came, and what is written of it, change under the lock of the visit; then, where
# there is a review, comes its venue's, as everybody who writes on one locks them.
LOCK_VISIT: Final = "select line_id from visits where line_id = $1 for no key update"

LOCK_REVIEWED_VENUE: Final = """
select venue_id
from venues
where venue_id in (select venue_id from reviews where line_id = $1)
for no key update
"""

KEEP_VISITS: Final = """
insert into visits (line_id, order_id, account_id, venue_id, offering_id, day)
select line_id, $1, $2, venue_id, offering_id, day
from unnest($3::uuid[], $4::uuid[], $5::uuid[], $6::date[])
    as line (line_id, venue_id, offering_id, day)
where not exists (select from erased_accounts where account_id = $2)
on conflict (line_id) do nothing
"""

KEEP_TICKET: Final = """
insert into visit_tickets as known (line_id, ordinal, checked_in_at, version)
values ($1, $2, $3, $4)
on conflict (line_id, ordinal) do update
set checked_in_at = excluded.checked_in_at, version = excluded.version
where known.version < excluded.version
"""


async def keep_visits(
    conn: Connection, order_id: UUID, account_id: UUID, lines: Iterable[BookedLine]
) -> None:
    """Keep whose lines these are and where they lead; what is known already stays.

    Of people who were erased nothing is kept.
    """
    booked = list(lines)
    await conn.execute(
        KEEP_VISITS,
        order_id,
        account_id,
        [line.line_id for line in booked],
        [line.venue_id for line in booked],
        [line.offering_id for line in booked],
        [line.day for line in booked],
    )


async def lock_visit(conn: Connection, line_id: UUID) -> None:
    """Lock a visit, before anything else, until the transaction ends; an unknown one has no review.

    What is read afterwards is what the last holder of the lock committed.
    """
    await conn.execute(LOCK_VISIT, line_id)


async def lock_reviewed_venue(conn: Connection, line_id: UUID) -> bool:
    """Lock the venue of a visit's review; return whether there is one."""
    return bool(await conn.fetchval(LOCK_REVIEWED_VENUE, line_id))


async def keep_ticket(
    conn: Connection,
    line_id: UUID,
    ordinal: int,
    checked_in_at: datetime | None,
    version: int,
) -> None:
    """Keep when a ticket was shown, or that it was not after all; the newest event counts."""
    await conn.execute(KEEP_TICKET, line_id, ordinal, checked_in_at, version)
