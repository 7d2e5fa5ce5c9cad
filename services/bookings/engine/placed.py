"""An order that was just placed, shown from what is known of it without reading it again."""

from datetime import datetime, timedelta
from uuid import UUID

from services.bookings.engine.placing import Draft, DraftLine
from services.bookings.views import BookingRole, LineView, OrderView
from shared.http.models import Reply


class PlacedOrder(Reply):
    """What is kept of an answer for its repeats: the order, and no personal data."""

    order_id: UUID


def placed_view(
    draft: Draft,
    moment: datetime,
    contact_name: str,
    hold_minutes: int,
    booked_by: BookingRole | None = None,
) -> OrderView:
    """Return the view of a draft that was placed at `moment`, the database's time."""
    held = draft.method is None
    return OrderView(
        order_id=draft.order_id,
        code=draft.code,
        state="held" if held else "confirmed",
        total_fen=draft.total_fen,
        accepted_payment=draft.payment,
        payment_method=draft.method,
        paid_fen=0,
        refunded_fen=0,
        placed_at=moment,
        hold_expires_at=moment + timedelta(minutes=hold_minutes) if held else None,
        confirmed_at=None if held else moment,
        cancelled_at=None,
        contact_name=contact_name,
        lines=[_line_view(line, held=held) for line in draft.lines],
        version=1,
        booked_by=booked_by,
    )


def _line_view(line: DraftLine, *, held: bool) -> LineView:
    plan, offered = line.plan, line.plan.offered
    return LineView(
        line_id=line.line_id,
        offering_id=offered.offering_id,
        venue_id=offered.venue_id,
        village_id=offered.village_id,
        kind=offered.kind,
        name=offered.offering_name,
        venue_name=offered.venue_name,
        village_name=offered.village_name,
        address=offered.address,
        day=plan.day,
        day_type=plan.slots[0].day_type,
        nights=plan.nights,
        starts_at=plan.starts_at,
        ends_at=plan.ends_at,
        tickets=dict(plan.tickets),
        persons=plan.persons,
        units=plan.units,
        options=dict(line.choice.options),
        price_fen=line.price_fen,
        breakdown=list(line.breakdown),
        state="held" if held else "kept",
        left_as=None,
        replaces_line_id=None,
    )
