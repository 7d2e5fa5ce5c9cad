"""How many people are at a venue: by scans in and out, and by what ended."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from tests.bookings.gate.stage import Line, scan, sell, stay, today_line
from tests.bookings.village import CAMPING, NEXT_WEEK, POTTERY, VENUE
from tests.bookings.world import Bookings


async def inside(bookings: Bookings) -> Any:
    path = f"/v1/venues/{VENUE}/inside"
    answer = await bookings.call("GET", path, token=bookings.operator)
    assert answer.status == 200
    return answer.json


async def test_people_are_inside_from_their_check_in(bookings: Bookings) -> None:
    assert await inside(bookings) | {"as_of": None} == {
        "persons": 0,
        "as_of": None,
        "offerings": [],
        "gates": [],
    }
    session = await sell(bookings, today_line(persons=3))
    guests = await sell(bookings, stay(persons=5, units=2))
    await scan(bookings, session.ticket(1), gate="north")
    await scan(bookings, session.ticket(2), gate="south")
    await scan(bookings, guests.ticket(1), gate="south")
    await scan(bookings, guests.ticket(2))
    found = await inside(bookings)
    assert found["persons"] == 7
    assert {item["offering_id"]: item["persons"] for item in found["offerings"]} == {
        str(POTTERY): 2,
        str(CAMPING): 5,
    }
    assert found["gates"] == [
        {"gate": None, "persons": 2},
        {"gate": "north", "persons": 1},
        {"gate": "south", "persons": 4},
    ]


async def test_who_left_is_not_inside_until_they_come_again_by_any_gate(
    bookings: Bookings,
) -> None:
    sold = await sell(bookings, today_line(kind="table", persons=4))
    await scan(bookings, sold.ticket(), gate="north")
    await scan(bookings, sold.ticket(), gate="north", direction="out")
    assert (await inside(bookings))["persons"] == 0
    await scan(bookings, sold.ticket(), gate="south")
    found = await inside(bookings)
    assert (found["persons"], found["gates"]) == (4, [{"gate": "south", "persons": 4}])


async def test_without_a_scan_on_the_way_out_they_are_inside_until_it_ends(
    bookings: Bookings,
) -> None:
    now = datetime.now(UTC)
    over = await sell(bookings, Line(ends_at=now - timedelta(seconds=1)))
    still = await sell(bookings, Line(ends_at=now + timedelta(hours=1)))
    for sold in (over, still):
        await scan(bookings, sold.ticket())
    assert (await inside(bookings))["persons"] == 1


async def test_who_came_before_the_day_of_the_ticket_counts_on_that_day(
    bookings: Bookings,
) -> None:
    sold = await sell(bookings, Line(day=NEXT_WEEK))
    await scan(bookings, sold.ticket())
    assert (await inside(bookings))["persons"] == 1
    await bookings.execute("update check_ins set checked_in_at = now() - interval '1 day'")
    assert (await inside(bookings))["persons"] == 0


async def test_a_refused_ticket_is_nobody_inside(bookings: Bookings) -> None:
    sold = await sell(bookings, today_line())
    for gate in ("north", "south"):
        await scan(bookings, sold.ticket(), gate=gate)
    await scan(bookings, (await sell(bookings, Line(venue=uuid4()))).ticket())
    assert (await inside(bookings))["persons"] == 1


async def test_the_number_inside_another_operators_venue_is_not_found(bookings: Bookings) -> None:
    stranger = bookings.tokens.person(organisations=[uuid4()])
    for venue, token in ((VENUE, stranger), (uuid4(), bookings.operator)):
        answer = await bookings.call("GET", f"/v1/venues/{venue}/inside", token=token)
        assert (answer.status, answer.code) == (404, "not_found")
    path = f"/v1/venues/{VENUE}/inside"
    assert (await bookings.call("GET", path, token=bookings.visitor)).status == 403


async def test_the_number_inside_is_as_of_now(bookings: Bookings) -> None:
    as_of = datetime.fromisoformat((await inside(bookings))["as_of"])
    assert abs(datetime.now(UTC) - as_of) < timedelta(minutes=1)
