"""Who is expected, who has come, who stays on, and what is due."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

from shared.contracts.terms import OfferingTerms, UnitOption
from tests.bookings.gate.stage import YESTERDAY, Line, scan, sell, stay, today_line
from tests.bookings.village import VENUE, text, today_here
from tests.bookings.world import Bookings


async def arrivals(bookings: Bookings, day: object = None) -> Any:
    answer = await bookings.call(
        "GET",
        f"/v1/venues/{VENUE}/arrivals",
        token=bookings.operator,
        params={"date": str(day or today_here())},
    )
    assert answer.status == 200
    return answer.json


async def test_parties_of_all_kinds_are_expected(bookings: Bookings) -> None:
    session = await sell(bookings, today_line(persons=2))
    table = await sell(bookings, today_line(kind="table", persons=6))
    entry = await sell(bookings, today_line(kind="entry", persons=3))
    guests = await sell(bookings, stay(day=today_here(), persons=5, units=2))
    await scan(bookings, table.ticket())
    await scan(bookings, guests.ticket(2))
    found = await arrivals(bookings)
    assert (found["expected"], found["arrived"]) == (16, 8)
    tickets = {item["order_id"]: item["tickets"] for item in found["items"]}
    assert [ticket["admits"] for ticket in tickets[str(table.order_id)]] == [6]
    assert [ticket["admits"] for ticket in tickets[str(guests.order_id)]] == [3, 2]
    assert len(tickets[str(session.order_id)]) == 2
    assert len(tickets[str(entry.order_id)]) == 3


async def test_guests_of_earlier_days_stay_until_they_depart(bookings: Bookings) -> None:
    sold = await sell(bookings, stay(day=YESTERDAY, nights=2))
    await scan(bookings, sold.ticket())
    for days, items, staying in ((-1, 0, 0), (0, 1, 0), (1, 0, 1), (2, 0, 0)):
        found = await arrivals(bookings, YESTERDAY + timedelta(days=days))
        assert (len(found["items"]), len(found["staying"])) == (items, staying)
        assert found["expected"] == (2 if items else 0)


async def test_a_party_has_its_tables_by_name(bookings: Bookings) -> None:
    offering_id = uuid4()
    options = tuple(
        UnitOption(code=code, name=text(zh, en), units=4, persons=2)
        for code, zh, en in (("window", "窗边", "Window"), ("yard", "院子", "Yard"))
    )
    await bookings.execute(
        "insert into offering_editions (offering_id, version, prices, terms, payment)"
        " values ($1, 3, '[]', $2, 'on_site')",
        offering_id,
        OfferingTerms(options=options).model_dump(mode="json"),
    )
    chosen = {"yard": 2, "stage": 1}
    await sell(bookings, today_line(kind="table", offering=offering_id, options=chosen))
    await bookings.execute("update order_lines set offering_version = 3")
    [item] = (await arrivals(bookings))["items"]
    assert item["options"] == [
        {"code": "stage", "name": None, "units": 1},
        {"code": "yard", "name": {"zh": "院子", "en": "Yard"}, "units": 2},
    ]


async def test_what_is_paid_at_the_venue_is_due_until_it_is_taken(bookings: Bookings) -> None:
    line = today_line(price_fen=9900)
    at_venue = await sell(bookings, line)
    online = await sell(bookings, line, paid="sandbox")
    dues = {item["order_id"]: item["due_fen"] for item in (await arrivals(bookings))["items"]}
    assert dues == {str(at_venue.order_id): 9900, str(online.order_id): 0}
    answer = await bookings.call(
        "POST",
        f"/v1/orders/{at_venue.order_id}/cash-receipts",
        {"line_id": str(at_venue.line_ids[0]), "amount_fen": 5000},
        token=bookings.operator,
        key="cash",
    )
    assert answer.status == 201
    found = await arrivals(bookings)
    dues = {item["order_id"]: item["due_fen"] for item in found["items"]}
    assert dues == {str(at_venue.order_id): 4900, str(online.order_id): 0}
    assert found["due_fen"] == 4900


async def test_a_ticket_shows_when_its_people_came_and_left(bookings: Bookings) -> None:
    sold = await sell(bookings, today_line(persons=2))
    await scan(bookings, sold.ticket(2))
    await scan(bookings, sold.ticket(2), direction="out")
    [item] = (await arrivals(bookings))["items"]
    first, second = item["tickets"]
    assert (first["used_at"], first["left_at"]) == (None, None)
    assert second["used_at"] < second["left_at"]


async def test_who_did_not_come_is_still_listed_and_who_cancelled_is_not(
    bookings: Bookings,
) -> None:
    await sell(bookings, today_line())
    await bookings.execute("update orders set state = 'no_show'")
    gone = await sell(bookings, today_line())
    await bookings.execute(
        "with freed as (update order_lines set claim_state = 'released', left_as = 'cancelled',"
        " left_at = now() where order_id = $1 returning pool_ids, quantities)"
        " select release_places(pool_ids, quantities) from freed",
        gone.order_id,
    )
    await sell(bookings, Line(day=today_here(), venue=uuid4()))
    found = await arrivals(bookings)
    assert (found["expected"], found["arrived"], len(found["items"])) == (1, 0, 1)
