"""Orders are closed when their last line is over."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from services.bookings.jobs.close_orders import close_orders
from shared.db import transaction
from tests.bookings.gate.stage import (
    YESTERDAY,
    Line,
    Sold,
    fetch,
    noon,
    outcomes,
    scan,
    seen,
    sell,
    state_of,
    stay,
    told_of,
)
from tests.bookings.village import at, today_here
from tests.bookings.world import Bookings

GONE = (
    "with freed as (update order_lines set claim_state = 'released', left_as = 'cancelled',"
    " left_at = now() where line_id = $1 returning pool_ids, quantities)"
    " select release_places(pool_ids, quantities) from freed"
)


def ended(minutes: float, **fields: object) -> Line:
    """Return a line that ended so many minutes ago."""
    line = Line(ends_at=datetime.now(UTC) - timedelta(minutes=minutes))
    return Line(**{**vars(line), **fields}) if fields else line


async def close(bookings: Bookings, sold: Sold) -> str:
    await close_orders(bookings.client.app)
    return await state_of(bookings, sold)


@pytest.mark.parametrize("kind", ["session", "entry", "table"])
async def test_two_hours_after_its_end_an_order_is_over(bookings: Bookings, kind: str) -> None:
    early = await sell(bookings, ended(118, kind=kind))
    late = await sell(bookings, ended(121, kind=kind))
    assert await close(bookings, early) == "confirmed"
    assert await state_of(bookings, late) == "no_show"
    assert await told_of(bookings, late) == [("order.no_show.v1", 2)]


async def test_a_stay_is_over_at_two_in_the_afternoon_of_its_departure(
    bookings: Bookings,
) -> None:
    over = await sell(bookings, stay(day=today_here() - timedelta(days=3), nights=2))
    on = await sell(bookings, stay(day=YESTERDAY, nights=2))
    assert await close(bookings, over) == "no_show"
    assert await state_of(bookings, on) == "confirmed"
    [over_at] = await fetch(
        bookings, "select over_at from order_lines where order_id = $1", on.order_id
    )
    assert over_at == at(YESTERDAY + timedelta(days=2), 14)


async def test_whoever_came_completes_the_order(bookings: Bookings) -> None:
    sold = await sell(bookings, ended(200), ended(150, persons=3))
    await scan(bookings, sold.ticket(2, line=1))
    assert await close(bookings, sold) == "completed"
    assert await told_of(bookings, sold) == [
        ("ticket.checked_in.v1", 2),
        ("order.completed.v1", 3),
    ]


async def test_an_order_is_closed_once(bookings: Bookings) -> None:
    sold = await sell(bookings, ended(130))
    for _ in range(2):
        assert await close(bookings, sold) == "no_show"
    assert len(await told_of(bookings, sold)) == 1
    [version] = await fetch(bookings, "select version from orders")
    assert version == 2


async def test_an_order_waits_for_its_last_line(bookings: Bookings) -> None:
    sold = await sell(bookings, ended(300), Line(ends_at=datetime.now(UTC) + timedelta(hours=1)))
    assert await close(bookings, sold) == "confirmed"
    assert sorted(await fetch(bookings, "select is_over from order_lines")) == [False, True]
    # The last line leaves: what is over was the rest.
    await bookings.execute(GONE, sold.line_ids[1])
    assert await close(bookings, sold) == "no_show"


async def test_no_money_moves_when_nobody_came(bookings: Bookings) -> None:
    sold = await sell(bookings, ended(130, price_fen=9900))
    assert await close(bookings, sold) == "no_show"
    for table in ("ledger_movements", "refunds", "payments"):
        assert await fetch(bookings, f"select 1 from {table}") == []  # noqa: S608 - names above
    assert await bookings.leaks() == []


async def test_what_is_held_or_cancelled_is_not_closed(bookings: Bookings) -> None:
    held, cancelled = await sell(bookings, ended(130), paid=None), await sell(bookings, ended(130))
    await bookings.execute(
        "update orders set state = 'cancelled', cancelled_at = now() where order_id = $1",
        cancelled.order_id,
    )
    await close_orders(bookings.client.app)
    assert await state_of(bookings, held) == "held"
    assert await state_of(bookings, cancelled) == "cancelled"
    assert await told_of(bookings, held) == await told_of(bookings, cancelled) == []
    # What is held may still be paid for, and is closed then.
    await bookings.execute(
        "update orders set state = 'confirmed', confirmed_at = now(), payment_method = 'on_site'"
        " where order_id = $1",
        held.order_id,
    )
    assert await close(bookings, held) == "no_show"


async def test_an_order_that_somebody_is_busy_with_is_left_to_the_next_run(
    bookings: Bookings,
) -> None:
    busy, idle = await sell(bookings, ended(130)), await sell(bookings, ended(130))
    async with transaction(bookings.database) as conn:
        await conn.execute("select 1 from orders where order_id = $1 for update", busy.order_id)
        await close_orders(bookings.client.app)
        assert await state_of(bookings, idle) == "no_show"
        assert await state_of(bookings, busy) == "confirmed"
    assert await close(bookings, busy) == "no_show"


async def test_a_broken_order_keeps_no_other_one_open(bookings: Bookings) -> None:
    orders = [await sell(bookings, ended(130)) for _ in range(3)]
    await bookings.execute(
        "insert into outbox (id, topic, subject, version, type, payload)"
        " values (uuidv7(), 'bookings.order', $1, 2, 'order.held.v1', '{}')",
        orders[1].order_id,
    )
    await close_orders(bookings.client.app)
    assert [await state_of(bookings, sold) for sold in orders] == [
        "no_show",
        "confirmed",
        "no_show",
    ]


async def test_many_orders_are_closed_in_one_run(bookings: Bookings) -> None:
    orders = [await sell(bookings, ended(130 + place)) for place in range(205)]
    for sold in orders[::2]:
        await outcomes(bookings, seen(sold.ticket(), noon()))
    await close_orders(bookings.client.app)
    states = await fetch(bookings, "select state from orders")
    assert (states.count("completed"), states.count("no_show")) == (103, 102)


async def test_an_order_is_completed_by_somebody_who_came(bookings: Bookings) -> None:
    await sell(bookings, ended(130))
    with pytest.raises(Exception, match="completed by somebody who came"):
        await bookings.execute("update orders set state = 'completed'")


async def test_the_next_scan_of_a_no_show_is_a_late_arrival(bookings: Bookings) -> None:
    sold = await sell(bookings, ended(130), ended(140, venue=uuid4()))
    assert await close(bookings, sold) == "no_show"
    assert await outcomes(bookings, seen(sold.ticket(), noon())) == ["admitted"]
    assert await close(bookings, sold) == "completed"
    assert [kind for kind, _ in await told_of(bookings, sold)] == [
        "order.no_show.v1",
        "ticket.checked_in.v1",
        "order.completed.v1",
    ]
