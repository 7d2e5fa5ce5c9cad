"""Gates, visitors and jobs that meet at one ticket in the same moment, over real connections."""

import asyncio
from uuid import uuid4

from services.bookings.jobs.close_orders import close_orders
from tests.bookings.gate.stage import (
    Line,
    Sold,
    fetch,
    noon,
    scan,
    seen,
    sell,
    send,
    state_of,
    stored_outcomes,
    today_line,
    told_of,
    undo,
)
from tests.bookings.village import pottery
from tests.bookings.world import Answer, Bookings

ROUNDS = 5


def kinds(told: list[tuple[str, int]]) -> list[str]:
    return [kind for kind, _ in told]


def is_gapless(told: list[tuple[str, int]]) -> bool:
    return [version for _, version in told] == list(range(2, 2 + len(told)))


async def test_two_gates_with_one_ticket_admit_one_and_flag_the_other(bookings: Bookings) -> None:
    for _ in range(ROUNDS):
        sold = await sell(bookings, today_line())
        answers = await asyncio.gather(
            *(scan(bookings, sold.ticket(), gate=gate) for gate in ("north", "south", "west"))
        )
        assert sorted(answer.status for answer in answers) == [201, 409, 409]
        told = await told_of(bookings, sold)
        assert sorted(kinds(told)) == ["ticket.checked_in.v1"] + ["ticket.conflict_found.v1"] * 2
        assert is_gapless(told)


async def test_two_batches_with_the_same_tickets_end_as_if_they_came_one_after_the_other(
    bookings: Bookings,
) -> None:
    for _ in range(ROUNDS):
        orders = [await sell(bookings, Line(persons=2)) for _ in range(6)]
        north = [seen(sold.ticket(1), noon(place)) for place, sold in enumerate(orders)]
        south = [
            seen(sold.ticket(1), noon(place + 1.5), gate="south")
            for place, sold in enumerate(reversed(orders))
        ]
        await asyncio.gather(send(bookings, *north), send(bookings, *reversed(south)))
        stored = await stored_outcomes(bookings)
        for sold in orders:
            told = await told_of(bookings, sold)
            assert sorted(kinds(told)) == ["ticket.checked_in.v1", "ticket.conflict_found.v1"]
            assert is_gapless(told)
        first = {one["line_id"]: one for one in sorted(north + south, key=_time, reverse=True)}
        assert {stored[one["scan_id"]] for one in first.values()} == {"admitted"}


def _time(one: dict[str, str]) -> str:
    return one["scanned_at"]


async def test_one_batch_that_is_sent_twice_at_once_is_taken_in_once(bookings: Bookings) -> None:
    for _ in range(ROUNDS):
        orders = [await sell(bookings, Line(persons=2)) for _ in range(4)]
        batch = [seen(sold.ticket(n), noon(n)) for sold in orders for n in (1, 2)]
        one, other = await asyncio.gather(send(bookings, *batch), send(bookings, *batch))
        assert one == other
        for sold in orders:
            assert kinds(await told_of(bookings, sold)) == ["ticket.checked_in.v1"] * 2


async def test_one_scan_id_for_two_tickets_at_once_counts_for_one(bookings: Bookings) -> None:
    for _ in range(ROUNDS):
        sold, other = await sell(bookings, Line()), await sell(bookings, Line())
        scan_id = str(uuid4())
        answers = await asyncio.gather(
            *(scan(bookings, order.ticket(), scan_id=scan_id) for order in (sold, other))
        )
        assert sorted(answer.status for answer in answers) == [201, 422]


async def test_a_cancellation_that_races_a_batch_ends_as_one_of_them(bookings: Bookings) -> None:
    async def cancel(order_id: str) -> Answer:
        path = f"/v1/orders/{order_id}/cancellations"
        return await bookings.call("POST", path, {}, token=bookings.visitor)

    for _ in range(ROUNDS):
        answer = await bookings.order(pottery(adult=1), payment_method="on_site")
        order_id = answer.json["order_id"]
        ticket = {"line_id": answer.json["lines"][0]["line_id"], "ordinal": 1}
        one = seen(ticket, noon(), admit_on_another_day=True)
        [item], cancelled = await asyncio.gather(send(bookings, one), cancel(order_id))
        assert (item["outcome"], cancelled.status) in {("admitted", 409), ("cancelled", 201)}
        came = await fetch(
            bookings, "select 1 from check_ins where line_id = $1::text::uuid", ticket["line_id"]
        )
        assert len(came) == (1 if item["outcome"] == "admitted" else 0)


async def test_a_check_in_that_races_its_being_taken_back_ends_as_one_of_them(
    bookings: Bookings,
) -> None:
    for _ in range(ROUNDS):
        sold = await sell(bookings, today_line())
        await scan(bookings, sold.ticket(), gate="north")
        again, undone, undone_too = await asyncio.gather(
            scan(bookings, sold.ticket(), gate="south"),
            undo(bookings, sold.ticket()),
            undo(bookings, sold.ticket()),
        )
        told = await told_of(bookings, sold)
        assert is_gapless(told)
        came = kinds(told).count("ticket.checked_in.v1")
        gone = kinds(told).count("ticket.check_in_undone.v1")
        assert gone == [undone.status, undone_too.status].count(204)
        assert came == (2 if again.status == 201 else 1)
        left = await fetch(bookings, "select 1 from check_ins where line_id = $1", sold.line_ids[0])
        assert len(left) == came - gone


async def test_a_late_arrival_that_races_the_closing_completes_the_order(
    bookings: Bookings,
) -> None:
    async def close(sold: Sold) -> str:
        await close_orders(bookings.client.app)
        return await state_of(bookings, sold)

    for _ in range(ROUNDS):
        sold = await sell(bookings, Line(ends_at=noon(1)))
        await asyncio.gather(send(bookings, seen(sold.ticket(), noon())), close(sold))
        # What was busy at that moment is closed by the next run.
        assert await close(sold) == "completed"
        told = await told_of(bookings, sold)
        assert is_gapless(told)
        assert kinds(told).count("order.completed.v1") == 1
        assert kinds(told).count("ticket.checked_in.v1") == 1
