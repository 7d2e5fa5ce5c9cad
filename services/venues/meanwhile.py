"""Orders that came between bookings' answer and a change: kept, because nobody could be asked."""

from typing import Final

import structlog
from aiohttp import web

from services.venues.domain.differences import Difference
from services.venues.history import Author, Entry, record
from services.venues.ownership import lock_venue
from services.venues.touched_orders import TouchedOrders
from shared.core.errors import Unavailable
from shared.db import transaction
from shared.http.keys import DATABASE

_log: Final = structlog.get_logger()


async def keep_meanwhile(
    app: web.Application, author: Author, change: Entry, meanwhile: TouchedOrders | None
) -> None:
    """Write the ids of such orders into the history of the listing that `change` is about.

    The change itself is committed: where the database is away now, the log has to do.
    """
    if meanwhile is None or not meanwhile.orders:
        return
    orders = Difference("orders", None, [str(order.order_id) for order in meanwhile.first])
    entry = Entry(
        what="orders_touched",
        venue_id=change.venue_id,
        offering_id=change.offering_id,
        changes=[orders],
        proposal_id=change.proposal_id,
    )
    try:
        async with transaction(app[DATABASE]) as conn:
            await lock_venue(conn, change.venue_id)
            await record(conn, app, author, entry)
    except Unavailable:
        _log.warning("history.not_kept", what=entry.what, venue_id=str(entry.venue_id))
