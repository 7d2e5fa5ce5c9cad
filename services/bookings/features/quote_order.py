"""Quote an order: what it costs and why, and what would come back, for some minutes."""

from datetime import date, datetime

from aiohttp import web

from services.bookings.domain.lines import PlannedLine, accepted_payment
from services.bookings.domain.party import TicketType
from services.bookings.domain.price import BreakdownItem
from services.bookings.engine.planning import PLANNING_ERRORS, plan_lines
from services.bookings.engine.quotes import quote_of, seal_quote
from services.bookings.errors import OrderNeverPayable
from services.bookings.keys import CONTACT_SEALER
from services.bookings.line_requests import LineRequest, Lines
from services.bookings.payments.payable import check_payable
from shared.contracts.terms import DayType, PaymentPolicy, RefundTerms
from shared.core.localized import LocalizedText
from shared.core.money import Fen
from shared.db import acquire
from shared.http.access import Caller, may
from shared.http.keys import CLOCK, DATABASE
from shared.http.models import Body, Reply
from shared.http.route import route


class QuoteOrder(Body):
    """The lines of an order that may follow."""

    lines: Lines


class QuotedLineView(Reply):
    """What a line costs and how that comes about; under which terms it could be cancelled."""

    line: LineRequest
    name: LocalizedText
    day: date
    day_type: DayType
    starts_at: datetime
    ends_at: datetime
    persons: int
    units: int
    tickets: dict[TicketType, int]
    price_fen: Fen
    breakdown: list[BreakdownItem]
    payment: PaymentPolicy
    refunds: RefundTerms


class QuoteView(Reply):
    """A quote: ordered by its `quote_id` until `expires_at`, it costs `total_fen`.

    It takes no places. `payment` is how the order will have to be paid.
    """

    quote_id: str
    expires_at: datetime
    total_fen: Fen
    payment: PaymentPolicy
    lines: list[QuotedLineView]


@route(
    "POST",
    "/v1/quotes",
    access=may("order.quote"),
    status=201,
    errors=(*PLANNING_ERRORS, OrderNeverPayable),
)
async def quote_order(request: web.Request, caller: Caller | None, body: QuoteOrder) -> QuoteView:
    """Quote an order at today's prices, for 15 minutes.

    A quote that somebody asked for while signed in is for their account only.
    """
    wanted = [line.wanted() for line in body.lines]
    async with acquire(request.app[DATABASE]) as conn:
        planned = await plan_lines(conn, wanted)
    account_id = caller.account_id if caller else None
    quote = quote_of(account_id, request.app[CLOCK].now(), wanted, planned)
    total_fen = sum(line.price_fen for line in planned)
    payment = accepted_payment(planned) if total_fen else "free"
    payees = {line.offered.organisation_id for line in planned if line.price_fen}
    await check_payable(request.app, payment, payees)
    return QuoteView(
        quote_id=seal_quote(quote, request.app[CONTACT_SEALER]),
        expires_at=quote.expires_at,
        total_fen=total_fen,
        payment=payment,
        lines=[_view(line, plan) for line, plan in zip(body.lines, planned, strict=True)],
    )


def _view(line: LineRequest, plan: PlannedLine) -> QuotedLineView:
    return QuotedLineView(
        line=line,
        name=plan.offered.offering_name,
        day=plan.day,
        day_type=plan.slots[0].day_type,
        starts_at=plan.starts_at,
        ends_at=plan.ends_at,
        persons=plan.persons,
        units=plan.units,
        tickets=dict(plan.tickets),
        price_fen=plan.price_fen,
        breakdown=list(plan.breakdown),
        payment=plan.offered.payment,
        refunds=plan.offered.terms.refunds,
    )
