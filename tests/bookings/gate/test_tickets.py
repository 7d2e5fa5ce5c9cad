"""Who has how many tickets: one a person, pitch or seating, and none for what does not stand."""

import dataclasses

import pytest

from services.bookings.gates.tickets import TicketView, tickets_of
from services.bookings.keys import CONTACT_SEALER, TICKET_KEYS
from services.bookings.views import load_orders
from shared.db import acquire
from tests.bookings.gate.stage import Line, Sold, scan, sell, stay, today_line
from tests.bookings.world import Bookings

LEAVE = (
    "with freed as (update order_lines set claim_state = 'released', left_as = $2,"
    " left_at = now() where line_id = $1 returning pool_ids, quantities)"
    " select release_places(pool_ids, quantities) from freed"
)


async def tickets(bookings: Bookings, sold: Sold) -> list[TicketView]:
    app = bookings.client.app
    async with acquire(bookings.database) as conn:
        [order] = await load_orders(conn, app[CONTACT_SEALER], [sold.order_id])
        return await tickets_of(conn, order, app[TICKET_KEYS])


@pytest.mark.parametrize(
    ("line", "admits"),
    [
        (today_line(persons=3), [1, 1, 1]),
        (today_line(kind="entry", persons=2), [1, 1]),
        (today_line(kind="table", persons=7), [7]),
        (stay(persons=5, units=2), [3, 2]),
    ],
    ids=["session", "entry", "table", "stay"],
)
async def test_a_line_has_the_tickets_of_its_kind(
    bookings: Bookings, line: Line, admits: list[int]
) -> None:
    found = await tickets(bookings, await sell(bookings, line))
    assert [(one.ordinal, one.admits) for one in found] == list(enumerate(admits, 1))
    assert {one.state for one in found} == {"valid"}


@pytest.mark.parametrize("left_as", ["cancelled", "changed"])
async def test_the_tickets_of_a_line_that_left_its_order_are_cancelled(
    bookings: Bookings, left_as: str
) -> None:
    sold = await sell(bookings, today_line(), today_line())
    await bookings.execute(LEAVE, sold.line_ids[0], left_as)
    assert [one.state for one in await tickets(bookings, sold)] == ["cancelled", "valid"]


async def test_a_change_that_waits_for_its_payment_has_none_yet(bookings: Bookings) -> None:
    sold = await sell(bookings, today_line(), dataclasses.replace(today_line(), state="held"))
    old, new = sold.line_ids
    replace = "update order_lines set replaces_line_id = $1 where line_id = $2"
    await bookings.execute(replace, old, new)
    assert [one.line_id for one in await tickets(bookings, sold)] == [old]
    answer = await scan(bookings, sold.ticket(line=1))
    assert (answer.status, answer.code) == (409, "ticket_cancelled")


async def test_a_change_that_lapsed_never_had_tickets(bookings: Bookings) -> None:
    sold = await sell(bookings, today_line(), today_line())
    await bookings.execute(LEAVE, sold.line_ids[1], "lapsed")
    assert [one.line_id for one in await tickets(bookings, sold)] == [sold.line_ids[0]]


async def test_an_order_that_is_only_held_has_none(bookings: Bookings) -> None:
    assert await tickets(bookings, await sell(bookings, today_line(), paid=None)) == []


async def test_a_ticket_has_the_shape_that_clients_know(bookings: Bookings) -> None:
    [ticket] = await tickets(bookings, await sell(bookings, today_line()))
    assert set(ticket.model_dump()) == {
        "line_id", "ordinal", "code", "day", "nights", "starts_at", "ends_at", "name",
        "venue_name", "admits", "state", "used_at",
    }  # fmt: skip
