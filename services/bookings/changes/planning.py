"""Planning a change: may the line be changed, to what, and for how much; nothing is moved yet."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, Literal
from uuid import UUID

from services.bookings.domain.cancellation import IN_ADVANCE, SoldLine
from services.bookings.domain.change import (
    ChangePrice,
    Places,
    Short,
    Swap,
    find_swap,
    pools_of,
    price_change,
)
from services.bookings.domain.lines import PlannedLine, WantedLine
from services.bookings.domain.party import Kind, TicketType
from services.bookings.engine.planning import plan_lines
from services.bookings.errors import (
    DayIsFull,
    HoldExpired,
    LineNotChangeable,
    NothingToChange,
    PoolExhausted,
    SlotClosed,
    TooManyForAccount,
)
from services.bookings.orders import lock_limits
from services.bookings.views import OrderState, PaymentMethod
from shared.contracts.terms import DayType, PaymentPolicy, RefundTerms
from shared.core.errors import NotFound
from shared.db import Connection, fetch_first

READ_LINE: Final = """
select
    order_id, orders.account_id, orders.state as order_state, orders.payment_method,
    orders.accepted_payment, coalesce(orders.hold_expires_at <= now(), false) as hold_is_over,
    now() as now,
    line.line_id, line.offering_id, line.organisation_id, line.kind, line.day, line.nights,
    line.starts_at, line.tickets, line.options, line.price_fen, line.day_type, line.most_percent,
    edition.terms -> 'refunds' as refunds, line.pool_ids, line.quantities, line.left_as,
    line.held_until is not null and line.claim_state = 'held' or exists (
        select 1
        from order_lines as next_line
        where next_line.replaces_line_id = line.line_id and next_line.left_as is null
    ) as waits_for_payment,
    line.starts_at <= now() as has_begun,
    exists (select 1 from check_ins where check_ins.line_id = line.line_id) as has_check_in
from order_lines as line
join orders using (order_id)
left join offering_editions as edition
    on edition.offering_id = line.offering_id and edition.version = line.offering_version
where line.line_id = $1 and order_id = $2
"""

FIND_ROOM: Final = """
select id, places_left(pools) as room, closed from pools where id = any ($1::bigint[])
"""

COUNT_PERSONS: Final = """
select coalesce(sum(line.persons), 0)
from orders
join order_lines as line using (order_id)
where orders.account_id = $1
    and line.offering_id = $2
    and line.starts_at = $3
    and line.claim_state <> 'released'
    and line.line_id <> $4
"""


@dataclass(frozen=True, slots=True)
class WantedChange:
    """What is to be different about a line; what is None stays as it is."""

    line_id: UUID
    starts_at: datetime | None
    first_day: date | None
    nights: int | None
    option: str | None
    tickets: Mapping[TicketType, int] | None


@dataclass(frozen=True, slots=True)
class EarlierLine:
    """The line as it stands, with its order, and the database's time."""

    order_id: UUID
    account_id: UUID
    order_state: OrderState
    payment_method: PaymentMethod | None
    accepted_payment: PaymentPolicy
    hold_is_over: bool
    now: datetime
    line_id: UUID
    offering_id: UUID
    organisation_id: UUID
    kind: Kind
    day: date
    nights: int
    starts_at: datetime
    tickets: dict[TicketType, int]
    options: dict[str, int]
    price_fen: int
    day_type: DayType | None
    most_percent: int
    refunds: RefundTerms | None
    pool_ids: list[int]
    quantities: list[int]
    left_as: Literal["cancelled", "changed", "lapsed"] | None
    waits_for_payment: bool
    has_begun: bool
    has_check_in: bool

    @property
    def sold(self) -> SoldLine:
        """The line as the refund rules want it."""
        refunds = self.refunds or RefundTerms()
        return SoldLine(self.price_fen, self.starts_at, self.day_type, refunds, self.most_percent)

    @property
    def places(self) -> Places:
        """What it claims, by pool."""
        return dict(zip(self.pool_ids, self.quantities, strict=True))

    @property
    def in_advance(self) -> bool:
        """Whether it was paid for in advance."""
        return self.payment_method in IN_ADVANCE

    @property
    def option(self) -> str | None:
        """The option that its visitor chose; tables are not chosen."""
        return None if self.kind == "table" else next(iter(self.options), None)


@dataclass(frozen=True, slots=True)
class PlannedChange:
    """A change that only lacks its places: the earlier line, the new one, and what it costs."""

    earlier: EarlierLine
    plan: PlannedLine
    price: ChangePrice

    @property
    def payment(self) -> PaymentPolicy:
        """How the new line is paid for."""
        return self.plan.offered.payment if self.plan.price_fen else "free"


async def plan_change(conn: Connection, order_id: UUID, change: WantedChange) -> PlannedChange:
    """Return what a change would be, at today's prices. The caller holds the order's lock.

    Raises NotFound, HoldExpired, LineNotChangeable, NothingToChange, TooManyForAccount, and what
    `plan_lines` raises.
    """
    earlier = await fetch_first(conn, EarlierLine, READ_LINE, change.line_id, order_id)
    if earlier is None:
        raise NotFound
    _check(earlier)
    [plan] = await plan_lines(conn, [_wanted(earlier, change)])
    _check_plan(earlier, plan)
    price = price_change(
        earlier.sold, plan.price_fen, now=earlier.now, in_advance=earlier.in_advance
    )
    planned = PlannedChange(earlier, plan, price)
    _check_payment(planned)
    await _check_account(conn, planned)
    return planned


async def find_places(conn: Connection, planned: PlannedChange, find_room: str = FIND_ROOM) -> Swap:
    """Return how the places would move, by what is left now, or under the lock of `find_room`.

    Raises PoolExhausted, DayIsFull, and SlotClosed where anything of it was shut since it was
    planned, also what the line has already.
    """
    earlier, choices = planned.earlier.places, planned.plan.choices
    rows = await conn.fetch(find_room, pools_of(earlier, choices))
    found = find_swap(earlier, choices, {row["id"]: row["room"] for row in rows})
    if isinstance(found, Short):
        error = PoolExhausted if found.pool_id in planned.plan.own_pools else DayIsFull
        raise error(line=0, offering_id=str(planned.earlier.offering_id), left=found.left)
    closed = {row["id"] for row in rows if row["closed"]}
    if any(claim.pool_id in closed for claim in found.choice.claims):
        raise SlotClosed(line=0, offering_id=str(planned.earlier.offering_id))
    return found


def _wanted(earlier: EarlierLine, change: WantedChange) -> WantedLine:
    starts_at, first_day, nights = change.starts_at, change.first_day, change.nights
    if earlier.kind == "stay" and starts_at is None:
        first_day, nights = first_day or earlier.day, nights or earlier.nights
    elif starts_at is None and first_day is None:
        starts_at = earlier.starts_at
    return WantedLine(
        earlier.offering_id,
        starts_at,
        first_day,
        nights,
        change.option or earlier.option,
        change.tickets or earlier.tickets,
    )


def _check(earlier: EarlierLine) -> None:
    if earlier.left_as is not None:
        raise LineNotChangeable(reason=earlier.left_as)
    if earlier.order_state == "expired" or (earlier.order_state == "held" and earlier.hold_is_over):
        raise HoldExpired
    if earlier.order_state not in ("held", "confirmed"):
        raise LineNotChangeable(reason=earlier.order_state)
    if earlier.waits_for_payment:
        raise LineNotChangeable(reason="waits_for_payment")
    if earlier.has_check_in:
        raise LineNotChangeable(reason="checked_in")
    if earlier.has_begun:
        raise LineNotChangeable(reason="begun")


def _check_plan(earlier: EarlierLine, plan: PlannedLine) -> None:
    if plan.offered.organisation_id != earlier.organisation_id:
        # Another operator runs it now, who was paid nothing.
        raise LineNotChangeable(reason="operator")
    is_same = (plan.starts_at, plan.nights, dict(plan.tickets)) == (
        earlier.starts_at,
        earlier.nights,
        earlier.tickets,
    )
    if is_same and (
        earlier.kind == "table" or plan.choices[0].options.keys() == earlier.options.keys()
    ):
        raise NothingToChange


def _check_payment(planned: PlannedChange) -> None:
    """Refuse what has to be paid in advance now in an order that was confirmed without that."""
    earlier = planned.earlier
    if (
        earlier.order_state == "confirmed"
        and not earlier.in_advance
        and planned.payment == "online"
    ):
        raise LineNotChangeable(reason="payment")


async def _check_account(conn: Connection, planned: PlannedChange) -> None:
    earlier, plan = planned.earlier, planned.plan
    most = plan.offered.terms.most_per_account
    if most is None:
        return
    await lock_limits(conn, earlier.account_id)
    others = await conn.fetchval(
        COUNT_PERSONS, earlier.account_id, earlier.offering_id, plan.starts_at, earlier.line_id
    )
    if others + plan.persons > most:
        raise TooManyForAccount
