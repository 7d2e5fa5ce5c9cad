"""How many places of slots orders have, and what becomes of a slot that another channel sold."""

from typing import Any
from uuid import UUID, uuid4

from tests.bookings.village import NEXT_WEEK, POTTERY, Json, at, pottery
from tests.bookings.world import Bookings


async def taken(bookings: Bookings, *slot_ids: UUID) -> list[Json]:
    body: dict[str, Any] = {"slot_ids": [str(one) for one in slot_ids]}
    token = bookings.tokens.service("venues")
    answer = await bookings.call("POST", "/v1/taken-places", body, token=token)
    assert answer.status == 200, answer.json
    items: list[Json] = answer.json["items"]
    return items


async def test_what_orders_have_is_counted_and_empty_slots_are_left_out(
    bookings: Bookings,
) -> None:
    slot_id = bookings.slots[POTTERY, at(NEXT_WEEK, 14)]
    assert await taken(bookings, slot_id, uuid4()) == []
    for _ in range(2):
        assert (await bookings.order(pottery(adult=2))).status == 201
    assert await taken(bookings, slot_id) == [{"slot_id": str(slot_id), "option": "", "taken": 4}]


async def test_a_slot_of_which_nothing_is_left_sells_nothing_and_keeps_its_orders(
    bookings: Bookings,
) -> None:
    start = at(NEXT_WEEK, 14)
    slot_id = bookings.slots[POTTERY, start]
    assert (await bookings.order(pottery(adult=2))).status == 201
    await bookings.publish_slot(POTTERY, start, 0)
    refused = await bookings.order(pottery(adult=1))
    assert refused.status == 409
    assert (await taken(bookings, slot_id))[0]["taken"] == 2
    await bookings.publish_slot(POTTERY, start, 3)
    assert (await bookings.order(pottery(adult=1))).status == 201


async def test_only_the_venues_service_may_ask(bookings: Bookings) -> None:
    body = {"slot_ids": [str(uuid4())]}
    for token in (bookings.visitor, bookings.operator, bookings.tokens.service("web")):
        answer = await bookings.call("POST", "/v1/taken-places", body, token=token)
        assert answer.status == 403
    assert (await bookings.call("POST", "/v1/taken-places", body)).status == 401
    token = bookings.tokens.service("venues")
    nonsense: tuple[Json, ...] = ({}, {"slot_ids": []}, {"slot_ids": [str(uuid4())] * 10_001})
    for wrong in nonsense:
        answer = await bookings.call("POST", "/v1/taken-places", wrong, token=token)
        assert answer.status == 422
