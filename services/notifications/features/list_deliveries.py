"""List the messages about an order, and what became of them."""

from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

from aiohttp import web
from pydantic import Field

from services.notifications.deliveries import Kind, State
from services.notifications.domain.recipients import Channel
from shared.db import acquire, fetch_all
from shared.http.access import Caller, may
from shared.http.keys import DATABASE
from shared.http.models import Page, Query, Reply
from shared.http.route import route


class DeliveriesQuery(Query):
    """About which order."""

    order_id: UUID


class DeliveryView(Reply):
    """One message; where it went is nobody's business here."""

    delivery_id: UUID
    order_id: UUID
    kind: Kind
    subject_id: Annotated[
        UUID | None,
        Field(description="What of the order: a line, a refund, an entry; null for all of it."),
    ]
    channel: Annotated[Channel | None, Field(description="Null until it is sent.")]
    state: State
    reason: Annotated[
        str | None, Field(description="Why the last attempt failed; null where none did.")
    ]
    sent_at: datetime | None


# In the order in which they go out. A stranger's question has the same answer as one about nothing.
LIST: Final = """
select id as delivery_id, order_id, kind, subject_id, channel, state, reason, sent_at
from deliveries
where order_id = $1 and ($2::uuid is null or account_id = $2)
order by position
"""


@route("GET", "/v1/deliveries", access=may("delivery.read"))
async def list_deliveries(
    request: web.Request, caller: Caller, query: DeliveriesQuery
) -> Page[DeliveryView]:
    """List the messages about an order: to its visitor, to the office, and to our services."""
    only_of = None if caller.is_office or caller.service is not None else caller.person
    async with acquire(request.app[DATABASE]) as conn:
        views = await fetch_all(conn, DeliveryView, LIST, query.order_id, only_of)
    return Page(items=views)
