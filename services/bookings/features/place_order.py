"""Place an order: several offerings at several venues, all of them or none."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Final

from aiohttp import web
from pydantic import Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from services.bookings.domain.lines import Choice
from services.bookings.engine.assisting import place_for_other, role_of
from services.bookings.engine.placed import PlacedOrder, placed_view
from services.bookings.engine.placing import (
    MOST_HOLDS,
    ConfirmingMethod,
    Draft,
    DraftLine,
    Placement,
    draft_line,
)
from services.bookings.engine.planning import PLANNING_ERRORS
from services.bookings.engine.quotes import LONGEST, Quote, at_quoted_price, open_quote
from services.bookings.errors import (
    DayIsFull,
    NoRefundNotAccepted,
    OrderNeverPayable,
    PaymentMethodNotAccepted,
    PoolExhausted,
    PriceChanged,
    QuoteExpired,
    QuoteNotValid,
    TooManyForAccount,
    TooManyHolds,
)
from services.bookings.keys import CATALOGUE_ON_SALE, CONTACT_SEALER, DESK, HOLD_MINUTES
from services.bookings.line_requests import ContactRequest, Lines
from services.bookings.payments.payable import check_payable
from services.bookings.views import BookingRole, OrderView, PaymentMethod, load_orders, seal_contact
from shared.core import tracing
from shared.core.errors import ApiError, NotAllowed, RequestInFlight, Unavailable
from shared.core.ids import order_code
from shared.core.money import MOST_FEN
from shared.db import transaction
from shared.db.errors import RETRY_AFTER
from shared.http.access import Caller, may
from shared.http.idempotency import Idempotency
from shared.http.keys import CLOCK, DATABASE, IDS
from shared.http.models import Body
from shared.http.route import route

# How often an order is planned anew because what is on sale changed meanwhile.
TRIES: Final = 4


class PlaceOrder(Body):
    """An order, by its lines or by a quote.

    Without `payment_method`, and with one that pays in advance, its places are held for some
    minutes and wait for the payment. What can't be refunded needs `accepts_no_refund`. Helpers
    and organisers say `for_somebody_else`, and name in `contact` whom they book for.
    """

    lines: Lines | None = None
    quote_id: Annotated[str, StringConstraints(max_length=LONGEST)] | None = None
    contact: ContactRequest
    payment_method: PaymentMethod | None = None
    expected_total_fen: Annotated[int, Field(ge=0, le=MOST_FEN)] | None = None
    accepts_no_refund: bool = False
    for_somebody_else: bool = False

    @model_validator(mode="after")
    def _lines_or_quote(self) -> "PlaceOrder":
        if (self.lines is None) == (self.quote_id is None):
            raise PydanticCustomError("lines_or_quote", "Give lines, or quote_id")
        return self


@dataclass(frozen=True, slots=True)
class Ordering:
    """One request to place an order: who asks for what, by which key."""

    app: web.Application
    caller: Caller
    body: PlaceOrder
    idempotency: Idempotency
    booked_by: BookingRole | None


@route(
    "POST",
    "/v1/orders",
    access=may("order.place"),
    status=201,
    idempotent=True,
    errors=(
        *PLANNING_ERRORS,
        DayIsFull,
        NoRefundNotAccepted,
        NotAllowed,
        OrderNeverPayable,
        PaymentMethodNotAccepted,
        PoolExhausted,
        PriceChanged,
        QuoteExpired,
        QuoteNotValid,
        TooManyForAccount,
        TooManyHolds,
    ),
)
async def place_order(
    request: web.Request, caller: Caller, body: PlaceOrder, idempotency: Idempotency
) -> OrderView:
    """Place an order: all of its lines get their places, or none does.

    Prices are the server's, or those of the quote; `expected_total_fen` is what the visitor saw,
    and another total is refused. With a payment method that needs no payment in advance the order
    is confirmed at once; otherwise it is held for a few minutes by the database's clock.
    """
    booked_by = role_of(caller) if body.for_somebody_else else None
    ordering = Ordering(request.app, caller, body, idempotency, booked_by)
    for attempt in range(TRIES):
        placed = await _try(ordering, fresh=attempt > 0)
        if placed is not None:
            return placed
    raise Unavailable(headers=RETRY_AFTER)


async def _try(ordering: Ordering, *, fresh: bool) -> OrderView | None:
    """Place the order; return None where it has to be planned anew."""
    try:
        draft = await _draft(ordering, fresh=fresh)
    except ApiError:
        # Whoever repeats a request hears its answer, whatever has changed since it was given.
        if earlier := await _earlier(ordering.app, ordering.idempotency):
            return earlier
        raise
    while (placement := await _place(ordering, draft)).outcome == "short":
        draft = _with_next_choice(draft, placement)
    match placement.outcome:
        case "placed":
            name, hold_minutes = ordering.body.contact.name, ordering.app[HOLD_MINUTES]
            return placed_view(draft, placement.moment, name, hold_minutes, ordering.booked_by)
        case "stale":
            return None
        case "repeated":
            if earlier := await _earlier(ordering.app, ordering.idempotency):
                return earlier
        case "too_many_holds":
            raise TooManyHolds(most=MOST_HOLDS)
        case "too_many_for_account":
            raise TooManyForAccount
    raise RequestInFlight(headers=RETRY_AFTER)


async def _place(ordering: Ordering, draft: Draft) -> Placement:
    app = ordering.app
    if ordering.booked_by is None:
        return await app[DESK].place(draft)
    return await place_for_other(app[DATABASE], draft, app[HOLD_MINUTES], ordering.booked_by)


async def _earlier(app: web.Application, idempotency: Idempotency) -> OrderView | None:
    async with transaction(app[DATABASE]) as conn:
        earlier = await idempotency.earlier(conn, PlacedOrder)
        if earlier is None:
            return None
        [view] = await load_orders(conn, app[CONTACT_SEALER], [earlier.order_id])
        return view


def _quote(app: web.Application, caller: Caller, body: PlaceOrder) -> Quote | None:
    if body.quote_id is None:
        return None
    return open_quote(body.quote_id, app[CONTACT_SEALER], caller.person, app[CLOCK].now())


async def _draft(ordering: Ordering, *, fresh: bool) -> Draft:
    app, body = ordering.app, ordering.body
    quote = _quote(app, ordering.caller, body)
    asked = quote.lines if quote else body.lines or ()
    catalogue, wanted = app[CATALOGUE_ON_SALE], [line.wanted() for line in asked]
    planned = await catalogue.plan(app[DATABASE], wanted, app[CLOCK].now(), fresh=fresh)
    lines = tuple(draft_line(app[IDS], plan) for plan in planned)
    if quote:
        pairs = zip(lines, quote.lines, strict=True)
        lines = tuple(at_quoted_price(line, quoted) for line, quoted in pairs)
    draft = Draft(
        order_id=app[IDS].new(),
        event_id=app[IDS].new(),
        code=order_code(),
        account_id=ordering.caller.person,
        method=_confirming(body.payment_method),
        contact_sealed=seal_contact(body.contact.as_sealed(), app[CONTACT_SEALER]),
        caller=ordering.idempotency.caller,
        key=ordering.idempotency.key,
        fingerprint=ordering.idempotency.fingerprint,
        lines=lines,
        traceparent=tracing.current().traceparent,
    )
    _check(draft, body)
    payees = {line.plan.offered.organisation_id for line in draft.lines if line.price_fen}
    await check_payable(app, draft.payment, payees)
    return draft


def _confirming(method: PaymentMethod | None) -> ConfirmingMethod | None:
    """Return the method if it confirms at once; any other one is paid for afterwards."""
    return method if method in ("free", "on_site") else None


def _check(draft: Draft, body: PlaceOrder) -> None:
    if body.expected_total_fen not in (None, draft.total_fen):
        raise PriceChanged(total_fen=draft.total_fen)
    payment = draft.payment
    is_free, in_advance = payment == "free", body.payment_method not in (None, "free", "on_site")
    if draft.method not in (None, payment) or (is_free and in_advance):
        raise PaymentMethodNotAccepted(accepted=[payment])
    if not body.accepts_no_refund and any(line.non_refundable for line in draft.lines):
        raise NoRefundNotAccepted


def _with_next_choice(draft: Draft, placement: Placement) -> Draft:
    """Return the draft with other tables for the line that found too few.

    Raises PoolExhausted where there is no other choice, and DayIsFull where more people than fit
    would come to the venue, the village or the district that day.
    """
    short = placement.short_pool_id
    claiming = [
        (number, line)
        for number, line in enumerate(draft.lines)
        if any(claim.pool_id == short for claim in line.choice.claims)
    ]
    own = any(short in line.plan.own_pools for _, line in claiming)
    for number, line in claiming:
        if own and (remaining := _choices_after(line)):
            # The order's later tries start from a choice that was not tried yet.
            changed = replace(line, choice=remaining[0])
            return replace(
                draft, lines=(*draft.lines[:number], changed, *draft.lines[number + 1 :])
            )
    number, line = claiming[0]
    error = PoolExhausted if own else DayIsFull
    raise error(
        line=number, offering_id=str(line.plan.offered.offering_id), left=placement.places_left
    )


def _choices_after(line: DraftLine) -> Sequence[Choice]:
    choices = line.plan.choices
    return choices[choices.index(line.choice) + 1 :]
