"""Placing orders: many at once by one statement, each all of its lines or none.

A `Draft` is an order that was planned and lacks nothing but its places. What the database
answers is a `Placement`; only the one that is placed exists.
"""

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal
from uuid import UUID

import asyncpg
from pydantic_core import to_json

from services.bookings.domain.lines import Choice, PlannedLine, strictest
from services.bookings.domain.price import BreakdownItem
from services.bookings.engine import touched
from shared.contracts.bookings import BookedLine, OrderConfirmed, OrderHeld
from shared.contracts.terms import PaymentPolicy
from shared.core.clock import SystemClock
from shared.core.ids import IdSource
from shared.db import Connection, Database, GroupCommit, fetch_committed, fetch_one
from shared.messaging.wake import wake

# Holds cost nothing, and keep others out.
MOST_HOLDS: Final = 3
# Two statements at a time: one is planned and sent while the other holds the locks.
LANES: Final = 2

# What was shut in this very moment has no number of places left. It is planned anew, as all that
# changed meanwhile, and refused by its name.
PLACE: Final = """
select
    number,
    case when outcome = 'short' and places_left is null then 'stale' else outcome end as outcome,
    moment,
    short_pool_id,
    places_left
from place_orders(
    $1::wanted_order[], $2::wanted_line[], $3::wanted_slot[], $4, make_interval(mins => $5)
)
order by number
"""

Outcome = Literal[
    "placed", "in_flight", "repeated", "too_many_holds", "too_many_for_account", "stale", "short"
]
ConfirmingMethod = Literal["free", "on_site"]
Row = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class DraftLine:
    """A line of a draft: its plan, the choice that is tried, and the terms that it is sold under.

    Price and terms are those of the plan, but for a line whose price was quoted.
    """

    line_id: UUID
    plan: PlannedLine
    choice: Choice
    edition: int
    payment: PaymentPolicy
    non_refundable: bool
    price_fen: int
    breakdown: Sequence[BreakdownItem]


@dataclass(frozen=True, slots=True)
class Draft:
    """An order that only lacks its places. Without `method` it will be held.

    `caller` and `key` make it happen once; `fingerprint` says what was asked with the key.
    """

    order_id: UUID
    event_id: UUID
    code: str
    account_id: UUID
    method: ConfirmingMethod | None
    contact_sealed: bytes
    caller: str
    key: str
    fingerprint: bytes
    lines: tuple[DraftLine, ...]
    traceparent: str

    @property
    def total_fen(self) -> int:
        """The order's price."""
        return sum(line.price_fen for line in self.lines)

    @property
    def payment(self) -> PaymentPolicy:
        """How the order may be paid. Where there is nothing to pay, it is free."""
        return strictest(line.payment for line in self.lines) if self.total_fen else "free"

    @property
    def turn(self) -> Hashable:
        """Drafts with the same turn are placed one after the other.

        These are repetitions of a request, and orders that count against a limit of their
        account: one that is refused must not use up what another one may have.
        """
        if self.method is None or any(
            line.plan.offered.terms.most_per_account for line in self.lines
        ):
            return self.account_id
        return (self.caller, self.key)


@dataclass(frozen=True, slots=True)
class Placement:
    """What became of a draft, and when by the database's clock.

    A `short` one names the pool in which only `places_left` were left.
    """

    number: int
    outcome: Outcome
    moment: datetime
    short_pool_id: int | None
    places_left: int | None


class Desk:
    """Where orders queue to be placed together."""

    def __init__(self, database: Database, hold_minutes: int) -> None:
        self._database = database
        self._hold_minutes = hold_minutes
        self._group = GroupCommit(self._place, lanes=LANES, key=lambda draft: draft.turn)

    async def place(self, draft: Draft) -> Placement:
        """Place an order as soon as a batch has room for it.

        Raises Unavailable when nothing was done, CommitUnknown when that can't be known.
        """
        return await self._group.submit(draft)

    async def close(self) -> None:
        """Place what is queued, and take nothing more."""
        await self._group.close()

    async def _place(self, drafts: Sequence[Draft]) -> list[Placement]:
        arguments = _arguments(drafts, MOST_HOLDS, self._hold_minutes)
        try:
            rows = await fetch_committed(self._database, PLACE, *arguments)
        except asyncpg.UniqueViolationError as error:
            if len(drafts) > 1 or error.constraint_name != "orders_code_key":
                raise
            # Another order was given the same code in this very moment.
            return [Placement(1, "stale", SystemClock().now(), None, None)]
        wake()
        placements = [Placement(*row) for row in rows]
        touched.note(_pools_taken(drafts, placements))
        return placements


async def place_in(conn: Connection, draft: Draft, hold: timedelta) -> Placement:
    """Place one order within the caller's transaction, whatever else its account holds."""
    minutes = round(hold / timedelta(minutes=1))
    touched.note_after_commit(conn, _pools_of(draft))
    return await fetch_one(conn, Placement, PLACE, *_arguments([draft], 1_000_000, minutes))


def draft_line(ids: IdSource, plan: PlannedLine) -> DraftLine:
    """Return a line for a draft at today's price, its first choice first."""
    return DraftLine(
        line_id=ids.new(),
        plan=plan,
        choice=plan.choices[0],
        edition=plan.offered.version,
        payment=plan.offered.payment,
        non_refundable=plan.offered.terms.refunds.non_refundable,
        price_fen=plan.price_fen,
        breakdown=plan.breakdown,
    )


def _pools_of(draft: Draft) -> Iterator[int]:
    return (claim.pool_id for line in draft.lines for claim in line.choice.claims)


def _pools_taken(drafts: Sequence[Draft], placements: Sequence[Placement]) -> set[int]:
    return {
        pool_id
        for placement in placements
        if placement.outcome == "placed"
        for pool_id in _pools_of(drafts[placement.number - 1])
    }


def _arguments(drafts: Sequence[Draft], most_holds: int, hold_minutes: int) -> Row:
    lines = [
        (number, place, draft, line)
        for number, draft in enumerate(drafts, 1)
        for place, line in enumerate(draft.lines)
    ]
    return (
        [_order_row(number, draft) for number, draft in enumerate(drafts, 1)],
        [_line_row(number, place, draft, line) for number, place, draft, line in lines],
        [
            (number, slot.slot_id, slot.version, slot.calendar_version)
            for number, _, _, line in lines
            for slot in line.plan.slots
        ],
        most_holds,
        hold_minutes,
    )


def _order_row(number: int, draft: Draft) -> Row:
    held = draft.method is None
    return (
        number,
        draft.caller,
        draft.key,
        draft.fingerprint,
        201,
        draft.order_id,
        draft.code,
        draft.account_id,
        "held" if held else "confirmed",
        draft.payment,
        draft.method,
        draft.total_fen,
        draft.contact_sealed,
        draft.event_id,
        OrderHeld.event_type if held else OrderConfirmed.event_type,
        None if held else _booked_lines(draft),
        draft.traceparent,
    )


def _booked_lines(draft: Draft) -> str:
    return to_json([_booked_line(line) for line in draft.lines]).decode()


def _booked_line(line: DraftLine) -> BookedLine:
    plan = line.plan
    return BookedLine(
        line_id=line.line_id,
        offering_id=plan.offered.offering_id,
        venue_id=plan.offered.venue_id,
        village_id=plan.offered.village_id,
        kind=plan.offered.kind,
        day=plan.day,
        nights=plan.nights,
        starts_at=plan.starts_at,
        persons=plan.persons,
        units=plan.units,
        price_fen=line.price_fen,
    )


def _line_row(number: int, place: int, draft: Draft, line: DraftLine) -> Row:
    plan, offered = line.plan, line.plan.offered
    return (
        number,
        draft.order_id,
        "held" if draft.method is None else "kept",
        line.line_id,
        place,
        offered.offering_id,
        offered.version,
        line.edition,
        offered.venue_id,
        offered.venue_version,
        plan.day,
        plan.slots[0].day_type,
        plan.nights,
        plan.starts_at,
        plan.ends_at,
        plan.tickets,
        plan.persons,
        plan.units,
        line.choice.options,
        line.price_fen,
        line.breakdown,
        [claim.pool_id for claim in line.choice.claims],
        [claim.quantity for claim in line.choice.claims],
        offered.terms.most_per_account,
    )
