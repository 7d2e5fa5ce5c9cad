"""A part of a closure is open again: it is sold, unless another closure covers it."""

from typing import Final

from services.bookings.closures.obeying import Area, open_again
from services.bookings.engine.capacity import lock_capacity
from shared.contracts.event import Envelope
from shared.contracts.venues import ClosureLifted
from shared.db import Connection, fetch_first

# It may be heard of before its closure, and counts from then on.
KEEP_LIFT: Final = """
insert into closure_lifts (closure_id, version, village_ids, venue_ids, kinds, open_from)
values ($1, $2, $3, $4, $5, $6)
on conflict on constraint closure_lifts_pkey do nothing
"""

FIND_CLOSURE: Final = """
select village_ids, venue_ids, closed_from, closed_until from closures where closure_id = $1
"""


async def on_closure_lifted(conn: Connection, event: ClosureLifted, envelope: Envelope) -> None:
    """Keep what is open again, and put on sale what no closure covers any more.

    Who waits for it is offered it first where the waiting list looks next. Orders that were called
    off stay so.
    """
    await lock_capacity(conn)
    await conn.execute(
        KEEP_LIFT,
        event.closure_id,
        envelope.version,
        event.village_ids,
        event.venue_ids,
        event.kinds,
        event.open_from,
    )
    area = await fetch_first(conn, Area, FIND_CLOSURE, event.closure_id)
    if area is not None:
        await open_again(conn, area)
