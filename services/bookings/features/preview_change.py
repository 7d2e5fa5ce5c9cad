"""Show what changing a line to another date or party would cost, and whether there is room."""

from datetime import datetime

from aiohttp import web

from services.bookings.changes.planning import PlannedChange, find_places, plan_change
from services.bookings.changes.requests import (
    ChangeCost,
    ChangedLineView,
    ChangeRequest,
    cost_of,
)
from services.bookings.domain.change import Swap
from services.bookings.engine.planning import PLANNING_ERRORS
from services.bookings.errors import (
    DayIsFull,
    HoldExpired,
    LineNotChangeable,
    NothingToChange,
    PoolExhausted,
    TooManyForAccount,
)
from services.bookings.orders import lock_own_order
from services.bookings.paths import OrderPath
from shared.contracts.terms import RefundTerms
from shared.core.errors import NotFound
from shared.db import retry, transaction
from shared.http.access import Caller, may
from shared.http.keys import DATABASE
from shared.http.route import route


class ChangePreview(ChangeCost):
    """What the change would cost and what the line would be, as of `previewed_at`.

    `refunds` are the rules of the new line. Send `difference_fen` as `expected_difference_fen` to
    get this or nothing.
    """

    line: ChangedLineView
    refunds: RefundTerms
    previewed_at: datetime


@route(
    "POST",
    "/v1/orders/{order_id}/change-previews",
    access=may("order.own"),
    errors=(
        *PLANNING_ERRORS,
        DayIsFull,
        HoldExpired,
        LineNotChangeable,
        NotFound,
        NothingToChange,
        PoolExhausted,
        TooManyForAccount,
    ),
)
async def preview_change(
    request: web.Request, caller: Caller, path: OrderPath, body: ChangeRequest
) -> ChangePreview:
    """Show what a change would cost now; nothing is changed. It refuses what changing refuses."""

    async def unit() -> ChangePreview:
        async with transaction(request.app[DATABASE]) as conn:
            await lock_own_order(conn, path.order_id, caller.person)
            planned = await plan_change(conn, path.order_id, body.wanted())
            return _view(planned, await find_places(conn, planned))

    return await retry(unit)


def _view(planned: PlannedChange, places: Swap) -> ChangePreview:
    plan = planned.plan
    return ChangePreview(
        **cost_of(planned).model_dump(),
        line=ChangedLineView(
            day=plan.day,
            day_type=plan.slots[0].day_type,
            nights=plan.nights,
            starts_at=plan.starts_at,
            ends_at=plan.ends_at,
            tickets=dict(plan.tickets),
            persons=plan.persons,
            units=plan.units,
            options=dict(places.choice.options),
            price_fen=plan.price_fen,
            breakdown=list(plan.breakdown),
        ),
        refunds=plan.offered.terms.refunds,
        previewed_at=planned.earlier.now,
    )
