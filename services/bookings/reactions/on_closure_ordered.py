"""Something was shut: nothing of it is sold from here on, whatever is remembered of it."""

from typing import Final

from services.bookings.closures.obeying import Area, shut
from services.bookings.closures.waking import wake_calling_off
from services.bookings.engine.capacity import lock_capacity
from shared.contracts.event import Envelope
from shared.contracts.venues import ClosureOrdered
from shared.db import Connection, after_commit

KEEP_CLOSURE: Final = """
insert into closures (
    closure_id, ordered_by, organisation_id, village_ids, venue_ids, offering_ids, kinds,
    closed_from, closed_until, cause, orders, reason
)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
on conflict (closure_id) do nothing
returning closure_id
"""

# After the locks: whoever came before them has sold, and nobody does behind them.
NOTE_OBEYED: Final = """
update closures
set
    obeyed_at = clock_timestamp(),
    done_at = case when orders = 'keep' then clock_timestamp() end
where closure_id = $1
"""


async def on_closure_ordered(conn: Connection, event: ClosureOrdered, _envelope: Envelope) -> None:
    """Keep the closure and shut all slots that it covers, in one transaction.

    What was sold stays sold until the job has called it off; where orders are kept, it stays.
    """
    await lock_capacity(conn)
    is_new = await conn.fetchval(
        KEEP_CLOSURE,
        event.closure_id,
        event.ordered_by,
        event.organisation_id,
        event.village_ids,
        event.venue_ids,
        event.offering_ids,
        event.kinds,
        event.closed_from,
        event.closed_until,
        event.cause,
        event.orders,
        event.reason.model_dump(),
    )
    if is_new is None:
        return
    area = Area(event.village_ids, event.venue_ids, event.closed_from, event.closed_until)
    await shut(conn, event.closure_id, area)
    await conn.execute(NOTE_OBEYED, event.closure_id)
    after_commit(conn, wake_calling_off)
