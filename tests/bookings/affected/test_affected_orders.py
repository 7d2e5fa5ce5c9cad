"""Which orders a change of slots would touch."""

from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID, uuid4

from services.bookings.affected import Area, count_touched, lines_in_area
from shared.contracts.terms import OfferingTerms, UnitOption
from shared.core.masking import masked_code
from shared.db import acquire
from tests.bookings.village import (
    CAFE,
    CAMPING,
    NEXT_WEEK,
    POTTERY,
    VENUE,
    VILLAGE,
    Json,
    at,
    camping,
    pottery,
    text,
)
from tests.bookings.world import Bookings

NOTHING: Final = {"orders": 0, "persons": 0, "fen": 0, "first": []}
CONFIRMED: Final = {"payment_method": "on_site"}


async def ask(bookings: Bookings, **body: Any) -> Json:
    token = bookings.tokens.service("venues")
    answer = await bookings.call("POST", "/v1/affected-orders", body, token=token)
    assert answer.status == 200, answer.json
    found: Json = answer.json
    return found


def between(offering_id: UUID, begins: datetime, ends: datetime) -> Json:
    return {"offering_id": str(offering_id), "from": begins.isoformat(), "until": ends.isoformat()}


async def placed(bookings: Bookings, *lines: Json, **fields: Any) -> Json:
    answer = await bookings.order(*lines, **fields)
    assert answer.status == 201, answer.json
    order: Json = answer.json
    return order


async def test_orders_in_a_slot_are_counted_and_named_without_their_people(
    bookings: Bookings,
) -> None:
    held = await placed(bookings, pottery(adult=2))
    kept = await placed(bookings, pottery(adult=1, child=2), **CONFIRMED)
    found = await ask(bookings, slot_ids=[str(bookings.slots[POTTERY, at(NEXT_WEEK, 14)])])
    assert found == {
        "orders": 2,
        "persons": 5,
        "fen": 3 * 12800 + 2 * 6800,
        "first": [
            {
                "order_id": order["order_id"],
                "code": masked_code(order["code"]),
                "day": NEXT_WEEK.isoformat(),
                "persons": persons,
            }
            for order, persons in ((held, 2), (kept, 3))
        ],
    }
    assert "陈小溪" not in str(found)


async def test_what_was_given_back_and_what_is_elsewhere_is_not_touched(
    bookings: Bookings,
) -> None:
    order = await placed(bookings, pottery(adult=2), **CONFIRMED)
    path = f"/v1/orders/{order['order_id']}/cancellations"
    answer = await bookings.call("POST", path, token=bookings.visitor, key=uuid4().hex)
    assert answer.status == 201
    await placed(bookings, camping(), **CONFIRMED)
    day = between(POTTERY, at(NEXT_WEEK, 0), at(NEXT_WEEK, 23))
    assert await ask(bookings, ranges=[day]) == NOTHING
    assert await ask(bookings) == NOTHING
    assert await ask(bookings, slot_ids=[str(uuid4())]) == NOTHING


async def test_a_stay_is_touched_by_each_of_its_nights_and_counted_once(
    bookings: Bookings,
) -> None:
    await placed(bookings, camping(nights=2), **CONFIRMED)
    nights = [bookings.slots[CAMPING, at(NEXT_WEEK + timedelta(days=n), 15)] for n in range(3)]
    for touched, orders in (([0], 1), ([1], 1), ([2], 0), ([0, 1, 2], 1)):
        found = await ask(bookings, slot_ids=[str(nights[n]) for n in touched])
        assert (found["orders"], found["persons"]) == (orders, 2 * orders)


async def test_a_session_is_touched_by_its_own_beginning_alone(bookings: Bookings) -> None:
    later = await bookings.publish_slot(POTTERY, at(NEXT_WEEK, 15), 10)
    await placed(bookings, pottery(hour=15, adult=3), **CONFIRMED)
    earlier = bookings.slots[POTTERY, at(NEXT_WEEK, 14)]
    assert await ask(bookings, slot_ids=[str(earlier)]) == NOTHING
    assert (await ask(bookings, slot_ids=[str(later)]))["orders"] == 1
    ends_there = between(POTTERY, at(NEXT_WEEK, 13), at(NEXT_WEEK, 15))
    assert await ask(bookings, ranges=[ends_there]) == NOTHING


async def test_a_seating_is_touched_by_each_of_its_quarters(bookings: Bookings) -> None:
    two = UnitOption(code="two", name=text("双人桌", "For two"), units=4, persons=2)
    await bookings.publish_cafe({"two": 4}, OfferingTerms(options=(two,)))
    line = {
        "offering_id": str(CAFE),
        "starts_at": at(NEXT_WEEK, 11).isoformat(),
        "tickets": {"adult": 2},
    }
    order = await placed(bookings, line, payment_method="free")
    ends = datetime.fromisoformat(order["lines"][0]["ends_at"])
    quarter = timedelta(minutes=15)
    for begins, orders in ((at(NEXT_WEEK, 11), 1), (ends - quarter, 1), (ends, 0)):
        found = await ask(bookings, ranges=[between(CAFE, begins, begins + quarter)])
        assert found["orders"] == orders


async def test_only_the_first_fifty_orders_are_named(bookings: Bookings) -> None:
    await bookings.publish_slot(POTTERY, at(NEXT_WEEK, 14), 60)
    for _ in range(51):
        token = bookings.tokens.person()
        await placed(bookings, pottery(adult=1), token=token, **CONFIRMED)
    slot = bookings.slots[POTTERY, at(NEXT_WEEK, 14)]
    found = await ask(bookings, slot_ids=[str(slot)])
    assert (found["orders"], found["persons"], len(found["first"])) == (51, 51, 50)


async def test_an_area_finds_villages_venues_and_kinds_in_a_time(bookings: Bookings) -> None:
    await placed(bookings, pottery(adult=2), camping(nights=2), **CONFIRMED)
    begins, ends = at(NEXT_WEEK, 12), at(NEXT_WEEK, 20)
    areas: list[tuple[dict[str, Any], int]] = [
        ({}, 2),
        ({"villages": [VILLAGE]}, 2),
        ({"villages": [uuid4()]}, 0),
        ({"venues": [VENUE], "kinds": ["stay"]}, 1),
        ({"kinds": ["table"]}, 0),
    ]
    async with acquire(bookings.database) as conn:
        for where, lines in areas:
            assert len(await lines_in_area(conn, Area(begins, ends, **where))) == lines
        assert (
            await lines_in_area(conn, Area(ends + timedelta(days=3), ends + timedelta(days=4)))
            == []
        )
        second_day = Area(ends + timedelta(hours=10), ends + timedelta(hours=12))
        (stay,) = await lines_in_area(conn, second_day)
        assert (await count_touched(conn, [stay])).persons == 2


async def test_only_the_venues_service_may_ask(bookings: Bookings) -> None:
    people = (bookings.visitor, bookings.operator, bookings.office)
    for token in (*people, bookings.tokens.service("web")):
        answer = await bookings.call("POST", "/v1/affected-orders", {}, token=token)
        assert (answer.status, answer.code) == (403, "not_allowed")
    assert (await bookings.call("POST", "/v1/affected-orders", {})).status == 401


async def test_questions_that_make_no_sense_are_refused(bookings: Bookings) -> None:
    backwards = between(POTTERY, at(NEXT_WEEK, 14), at(NEXT_WEEK, 14))
    ids = [str(uuid4())] * 10_001
    token = bookings.tokens.service("venues")
    bodies: tuple[Json, ...] = (
        {"ranges": [backwards]},
        {"slot_ids": ids},
        {"slots": []},
        {"slot_ids": "x"},
    )
    for body in bodies:
        answer = await bookings.call("POST", "/v1/affected-orders", body, token=token)
        assert answer.status == 422
