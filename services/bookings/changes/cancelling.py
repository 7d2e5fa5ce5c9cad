"""Taking lines out of orders: what comes back is decided here, for previews and for the deed.

The caller holds the order's lock. `decide` has no effects; `leaving.py` does what it decided.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal
from uuid import UUID

from services.bookings.domain.cancellation import IN_ADVANCE, LineRefund, SoldLine, refund_of
from services.bookings.domain.refund_tiers import Cause
from services.bookings.errors import OrderNotCancellable
from services.bookings.views import OrderState, PaymentMethod
from shared.contracts.terms import DayType, RefundTerms
from shared.core.errors import NotFound
from shared.db import Connection, fetch_all

READ_ORDERS: Final = """
select order_id, account_id, state, payment_method, now() as now
from orders
where order_id = any ($1::uuid[])
"""

READ_LINES: Final = """
select
    order_id, line_id, price_fen, starts_at, day_type, most_percent,
    offering_editions.terms -> 'refunds' as refunds,
    claim_state = 'held' and held_until is not null as is_pending, left_as, replaces_line_id,
    starts_at <= now() as has_begun,
    exists (select 1 from check_ins where check_ins.line_id = order_lines.line_id) as has_check_in
from order_lines
left join offering_editions
    on offering_editions.offering_id = order_lines.offering_id
    and offering_editions.version = order_lines.offering_version
where order_id = any ($1::uuid[])
order by order_id, position
"""


@dataclass(frozen=True, slots=True)
class OrderStanding:
    """An order as it stands, and the database's time."""

    order_id: UUID
    account_id: UUID
    state: OrderState
    payment_method: PaymentMethod | None
    now: datetime

    @property
    def paid_in_advance(self) -> bool:
        """Whether its money came before its visitor."""
        return self.payment_method in IN_ADVANCE


@dataclass(frozen=True, slots=True)
class LineStanding:
    """A line as it stands. One that is pending waits for the payment of a change."""

    order_id: UUID
    line_id: UUID
    price_fen: int
    starts_at: datetime
    day_type: DayType | None
    most_percent: int
    refunds: RefundTerms | None
    is_pending: bool
    left_as: Literal["cancelled", "changed", "lapsed"] | None
    replaces_line_id: UUID | None
    has_begun: bool
    has_check_in: bool

    @property
    def stands(self) -> bool:
        """Whether it is part of its order."""
        return self.left_as is None and not self.is_pending

    @property
    def sold(self) -> SoldLine:
        """The line as the refund rules want it."""
        refunds = self.refunds or RefundTerms()
        return SoldLine(self.price_fen, self.starts_at, self.day_type, refunds, self.most_percent)


@dataclass(frozen=True, slots=True)
class Standing:
    """An order with its lines, as they stand."""

    order: OrderStanding
    lines: Sequence[LineStanding]


@dataclass(frozen=True, slots=True)
class Decision:
    """Which lines would leave and what comes back for each; which changes lapse with them.

    `whole` says that no line is left: the order itself is cancelled.
    """

    leaving: dict[UUID, LineRefund]
    lapsing: list[UUID]
    whole: bool

    @property
    def refund_fen(self) -> int:
        """What comes back altogether."""
        return sum(refund.now.refund_fen for refund in self.leaving.values())


async def read_standing(conn: Connection, order_id: UUID) -> Standing:
    """Return an order as it stands. Under its lock, that is so until the transaction ends."""
    [standing] = await read_standings(conn, [order_id])
    return standing


async def read_standings(conn: Connection, order_ids: Sequence[UUID]) -> list[Standing]:
    """Return orders as they stand, see `read_standing`."""
    orders = await fetch_all(conn, OrderStanding, READ_ORDERS, order_ids)
    lines: dict[UUID, list[LineStanding]] = {order.order_id: [] for order in orders}
    for line in await fetch_all(conn, LineStanding, READ_LINES, order_ids):
        lines[line.order_id].append(line)
    return [Standing(order, lines[order.order_id]) for order in orders]


def decide(standing: Standing, line_ids: Collection[UUID] | None, cause: Cause) -> Decision:
    """Return what cancelling some lines, or all that stand, would do now.

    What left already leaves nothing to do. Raises NotFound for a line of another order, and
    OrderNotCancellable, which names the lines that are in the way.
    """
    order, lines = standing.order, standing.lines
    standing_lines = [line for line in lines if line.stands]
    wanted = standing_lines if line_ids is None else _named(lines, line_ids)
    if order.state == "cancelled":
        return Decision({}, [], whole=False)
    leaving = [line for line in wanted if line.stands]
    if leaving:
        _check(order, leaving)
    gone = {line.line_id for line in wanted}
    return Decision(
        leaving={
            line.line_id: refund_of(
                line.sold,
                now=order.now,
                cause=cause,
                in_advance=order.paid_in_advance,
            )
            for line in leaving
        },
        lapsing=[
            line.line_id
            for line in lines
            if line.is_pending and not gone.isdisjoint((line.line_id, line.replaces_line_id))
        ],
        whole=bool(leaving) and len(leaving) == len(standing_lines),
    )


def _named(lines: Sequence[LineStanding], line_ids: Collection[UUID]) -> list[LineStanding]:
    named = [line for line in lines if line.line_id in line_ids]
    if len(named) < len(set(line_ids)):
        raise NotFound
    # The visitor would believe to be rid of what another line stands for now.
    _refuse("changed", [line for line in named if line.left_as == "changed"])
    return named


def _check(order: OrderStanding, leaving: Sequence[LineStanding]) -> None:
    if order.state not in ("held", "confirmed"):
        _refuse(order.state, leaving)
    _refuse("checked_in", [line for line in leaving if line.has_check_in])
    _refuse("begun", [line for line in leaving if line.has_begun])


def _refuse(reason: str, lines: Sequence[LineStanding]) -> None:
    if lines:
        raise OrderNotCancellable(reason=reason, lines=[str(line.line_id) for line in lines])
