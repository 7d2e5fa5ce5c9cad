"""Lines leave their orders, as was decided: places, total, ledger, refunds, events.

Of many orders at once it takes as many statements as of one. The caller holds the orders' locks and
has decided under them, in the same transaction.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final
from uuid import UUID

from services.bookings import engine
from services.bookings.changes.cancelling import Decision, OrderStanding
from services.bookings.changes.totals import correct_totals
from services.bookings.domain.refund_tiers import Cause
from services.bookings.money import ledger
from services.bookings.money.refunding import LineRefundRequest, request_line_refunds
from services.bookings.tellings import Ended, cancelled, lines_cancelled
from shared.db import Connection
from shared.messaging import outbox
from shared.messaging.outbox import Telling

CANCEL: Final = """
update orders
set state = 'cancelled', cancelled_at = now(), version = version + 1
where order_id = any ($1::uuid[])
returning order_id, version
"""

COUNT_EVENTS: Final = """
update orders
set version = version + counted.events
from unnest($1::uuid[], $2::integer[]) as counted (order_id, events)
where orders.order_id = counted.order_id
returning orders.order_id, version
"""

NOTE: Final = """
insert into line_cancellations (
    line_id, order_id, cause, reason, percent, refund_fen, fee_fen, cancelled_by
)
select line_id, order_id, $1, $2, percent, refund_fen, fee_fen, $3
from unnest($4::uuid[], $5::uuid[], $6::smallint[], $7::bigint[], $8::bigint[])
    as left_line (line_id, order_id, percent, refund_fen, fee_fen)
"""


@dataclass(frozen=True, slots=True)
class Cancellation:
    """Who cancels, on whose behalf, and why; a closure cancels by its own id."""

    cancelled_by: UUID
    cause: Cause
    reason: str | None = None
    closure_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Departure:
    """An order, and what was decided to leave it."""

    order: OrderStanding
    decision: Decision

    @property
    def was_confirmed(self) -> bool:
        """Whether others were told of it; of the lines of a held order nobody was."""
        return self.order.state == "confirmed"

    @property
    def released(self) -> dict[UUID, engine.LeftAs | None]:
        """The lines that give back their places, and as what they leave."""
        gone: dict[UUID, engine.LeftAs | None] = dict.fromkeys(self.decision.lapsing, "lapsed")
        whole = self.decision.whole
        return gone | dict.fromkeys(self.decision.leaving, None if whole else "cancelled")


async def carry_out(
    conn: Connection, order: OrderStanding, decision: Decision, cancellation: Cancellation
) -> None:
    """Do what was decided about one order, in the transaction in which it was decided."""
    await carry_out_all(conn, [Departure(order, decision)], cancellation)


async def carry_out_all(
    conn: Connection,
    departures: Sequence[Departure],
    cancellation: Cancellation,
    *,
    also: Mapping[UUID, engine.LeftAs | None] = MappingProxyType({}),
) -> None:
    """Do what was decided about orders, each once, and tell of it.

    `also` are other lines of locked orders that give their places back: all pools of a transaction
    are locked together.
    """
    whole = [one.order.order_id for one in departures if one.decision.whole]
    rows = await conn.fetch(CANCEL, whole) if whole else []
    versions: dict[UUID, int] = {row["order_id"]: row["version"] for row in rows}
    released = {line: how for one in departures for line, how in one.released.items()}
    released.update(also)
    if released:
        await engine.release_lines(conn, released)
    leaving = [one for one in departures if one.decision.leaving]
    if not leaving:
        return
    versions |= await _count_parts([one for one in leaving if not one.decision.whole], conn)
    await _note(conn, leaving, cancellation)
    await _settle(conn, leaving, cancellation.cause)
    await outbox.add_many(
        conn, [telling for one in leaving for telling in _tell(one, versions, cancellation)]
    )


async def _count_parts(parts: Sequence[Departure], conn: Connection) -> dict[UUID, int]:
    """Correct the totals of orders that go on without some lines, and count their events."""
    if not parts:
        return {}
    order_ids = [one.order.order_id for one in parts]
    await correct_totals(conn, order_ids)
    events = [len(one.decision.leaving) if one.was_confirmed else 0 for one in parts]
    rows = await conn.fetch(COUNT_EVENTS, order_ids, events)
    return {row["order_id"]: row["version"] for row in rows}


async def _note(conn: Connection, leaving: Sequence[Departure], cancellation: Cancellation) -> None:
    lines = [
        (line_id, one.order.order_id, refund.now)
        for one in leaving
        for line_id, refund in one.decision.leaving.items()
    ]
    await conn.execute(
        NOTE,
        cancellation.cause,
        cancellation.reason,
        cancellation.cancelled_by,
        [line_id for line_id, _, _ in lines],
        [order_id for _, order_id, _ in lines],
        [step.percent for _, _, step in lines],
        [step.refund_fen for _, _, step in lines],
        [step.fee_fen for _, _, step in lines],
    )


async def _settle(conn: Connection, leaving: Sequence[Departure], cause: Cause) -> None:
    """Write down what becomes of the money; lines that were never sold have none."""
    refunds = {
        line_id: (one.order.order_id, refund.now)
        for one in leaving
        for line_id, refund in one.decision.leaving.items()
    }
    await ledger.reverse_sale(conn, list(refunds))
    for line_id, (_, step) in refunds.items():
        if step.fee_fen:
            await ledger.post_fee(conn, line_id, step.fee_fen)
    wanted = [
        LineRefundRequest(order_id, line_id, step.refund_fen)
        for line_id, (order_id, step) in refunds.items()
        if step.refund_fen
    ]
    if wanted:
        await request_line_refunds(conn, wanted, cause)


def _tell(
    one: Departure, versions: dict[UUID, int], cancellation: Cancellation
) -> Iterable[Telling]:
    order, decision = one.order, one.decision
    ended = Ended(
        order.order_id,
        order.account_id,
        versions[order.order_id],
        order.now,
        cancellation.cause,
        cancellation.closure_id,
    )
    if decision.whole:
        return [cancelled(ended, refund_fen=decision.refund_fen, was_confirmed=one.was_confirmed)]
    if not one.was_confirmed:
        return []
    refunds = {line: refund.now.refund_fen for line, refund in decision.leaving.items()}
    return lines_cancelled(ended, refunds)
