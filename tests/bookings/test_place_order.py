"""Placing an order."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from shared.db import acquire
from tests.bookings.village import (
    CAMPING,
    NEXT_WEEK,
    POTTERY,
    WALK,
    Json,
    at,
    camping,
    pottery,
    today_here,
)
from tests.bookings.world import Bookings


async def test_an_order_over_several_offerings_is_confirmed_whole(bookings: Bookings) -> None:
    answer = await bookings.order(
        pottery(adult=2, child=1), camping(nights=2, adult=4, child=1), payment_method="on_site"
    )
    assert answer.status == 201
    order = answer.json
    assert order["state"] == "confirmed"
    assert order["total_fen"] == (2 * 12800 + 6800) + 2 * 2 * 19900
    assert [line["units"] for line in order["lines"]] == [3, 2]
    assert order["contact_name"] == "陈小溪"
    assert await bookings.told() == [("order.confirmed.v1", _id(order), 1)]


async def test_capacity_nests_pitches_in_the_slot_and_people_around_it(bookings: Bookings) -> None:
    await bookings.order(camping(nights=2, adult=5), payment_method="on_site")
    second_night = NEXT_WEEK + timedelta(days=1)
    for day in (NEXT_WEEK, second_night):
        taken = [
            await bookings.taken(scope, day)
            for scope in ("slot", "venue_day", "village_day", "district_day")
        ]
        assert taken == [2, 5, 5, 5]


async def test_without_a_payment_method_the_places_are_held(bookings: Bookings) -> None:
    answer = await bookings.order(pottery())
    assert answer.json["state"] == "held"
    assert answer.json["hold_expires_at"] is not None
    assert await bookings.taken("slot", NEXT_WEEK) == 2
    assert [kind for kind, _, _ in await bookings.told()] == ["order.held.v1"]


async def test_one_line_without_places_refuses_the_whole_order(bookings: Bookings) -> None:
    answer = await bookings.order(pottery(adult=11), camping(), payment_method="on_site")
    assert (answer.status, answer.code) == (409, "pool_exhausted")
    assert (answer.json["line"], answer.json["left"]) == (0, 10)
    assert await bookings.taken("district_day") == 0
    assert await bookings.told() == []


async def test_a_full_village_refuses_even_where_the_slot_has_room(bookings: Bookings) -> None:
    await bookings.publish_village(day_capacity=3)
    answer = await bookings.order(pottery(adult=4), payment_method="on_site")
    assert (answer.status, answer.code, answer.json["left"]) == (409, "day_is_full", 3)


async def test_the_last_places_are_sold_exactly_once(bookings: Bookings) -> None:
    answers = await asyncio.gather(
        *(bookings.order(pottery(adult=1), payment_method="on_site") for _ in range(40))
    )
    assert sorted(answer.status for answer in answers) == [201] * 10 + [409] * 30
    assert await bookings.taken("slot", NEXT_WEEK) == 10
    codes = {answer.json["code"] for answer in answers if answer.status == 201}
    assert len(codes) == 10


async def test_a_repeated_request_gets_the_same_answer_and_takes_nothing(
    bookings: Bookings,
) -> None:
    first = await bookings.order(pottery(), key="tap", payment_method="on_site")
    again = await bookings.order(pottery(), key="tap", payment_method="on_site")
    assert (again.status, again.json) == (201, first.json)
    assert await bookings.taken("slot", NEXT_WEEK) == 2


async def test_twenty_taps_on_one_button_make_one_order(bookings: Bookings) -> None:
    answers = await asyncio.gather(
        *(bookings.order(pottery(), key="tap", payment_method="on_site") for _ in range(20))
    )
    assert {answer.status for answer in answers} <= {201, 409}
    assert len({answer.json["order_id"] for answer in answers if answer.status == 201}) == 1
    assert {answer.code for answer in answers if answer.status == 409} <= {"request_in_flight"}
    assert await bookings.taken("slot", NEXT_WEEK) == 2


async def test_a_key_can_not_be_used_for_another_order(bookings: Bookings) -> None:
    await bookings.order(pottery(), key="tap")
    other = await bookings.order(pottery(adult=3), key="tap")
    assert (other.status, other.code) == (422, "idempotency_key_reused")


async def test_the_total_that_the_visitor_saw_must_be_right(bookings: Bookings) -> None:
    answer = await bookings.order(pottery(), payment_method="on_site", expected_total_fen=100)
    assert (answer.status, answer.code) == (409, "price_changed")
    assert answer.json["total_fen"] == 2 * 12800


async def test_a_free_offering_is_confirmed_without_paying(bookings: Bookings) -> None:
    await bookings.publish_slot(WALK, at(NEXT_WEEK, 9), 20)
    line = {
        "offering_id": str(WALK),
        "starts_at": at(NEXT_WEEK, 9).isoformat(),
        "tickets": {"adult": 3},
    }
    answer = await bookings.order(line, payment_method="free")
    assert (answer.status, answer.json["total_fen"]) == (201, 0)


async def test_what_costs_money_is_not_free(bookings: Bookings) -> None:
    answer = await bookings.order(pottery(), payment_method="free")
    assert (answer.status, answer.code) == (409, "payment_method_not_accepted")
    assert answer.json["accepted"] == ["on_site"]


async def test_a_stay_needs_every_one_of_its_nights(bookings: Bookings) -> None:
    answer = await bookings.order(camping(nights=4), payment_method="on_site")
    assert (answer.status, answer.code) == (409, "slot_not_available")
    assert await bookings.taken("slot") == 0


async def test_what_is_over_can_not_be_booked(bookings: Bookings) -> None:
    yesterday = today_here() - timedelta(days=1)
    await bookings.publish_slot(POTTERY, at(yesterday, 14), 10)
    await bookings.publish_slot(CAMPING, at(yesterday, 15), 5, hours=20)
    for line in (pottery(yesterday), camping(yesterday)):
        answer = await bookings.order(line, payment_method="on_site")
        assert (answer.status, answer.code) == (409, "slot_not_available")


async def test_an_offering_that_is_not_on_sale_is_refused(bookings: Bookings) -> None:
    line = {**pottery(), "offering_id": str(uuid4())}
    answer = await bookings.order(line, payment_method="on_site")
    assert (answer.status, answer.code) == (409, "offering_not_on_sale")


async def test_a_session_can_not_be_booked_by_nights(bookings: Bookings) -> None:
    line = {**camping(), "offering_id": str(POTTERY)}
    answer = await bookings.order(line, payment_method="on_site")
    assert (answer.status, answer.code) == (422, "line_time_mismatch")


async def test_a_ticket_type_without_a_price_is_refused(bookings: Bookings) -> None:
    answer = await bookings.order(pottery(senior=1), payment_method="on_site")
    assert (answer.status, answer.code) == (422, "ticket_type_unknown")


LINE = {"offering_id": str(POTTERY), "starts_at": at(NEXT_WEEK, 14).isoformat()}


@pytest.mark.parametrize(
    "line",
    [
        {**LINE, "tickets": {}},
        *(
            {**LINE, "tickets": {"adult": count}}
            for count in (0, -1, True, 1.0, "1", 2**63, 1001, None)
        ),
        {**LINE, "tickets": {"pitch": 1}},
        {**LINE, "tickets": {"adult": 501, "child": 500}},
        {**LINE, "tickets": {"adult": 1}, "nights": 1},
        {**LINE, "tickets": {"adult": 1}, "price_fen": 1},
        {**LINE, "starts_at": "2026-11-28T14:00:00", "tickets": {"adult": 1}},
        {"offering_id": str(CAMPING), "date": "2026-11-28", "nights": 31, "tickets": {"adult": 1}},
        {"offering_id": str(CAMPING), "nights": 1, "tickets": {"adult": 1}},
        {"offering_id": str(CAMPING), "date": "2026-02-30", "nights": 1, "tickets": {"adult": 1}},
        {"offering_id": "pottery", "starts_at": LINE["starts_at"], "tickets": {"adult": 1}},
    ],
)
async def test_a_line_that_makes_no_sense_is_refused(bookings: Bookings, line: Json) -> None:
    answer = await bookings.order(line, payment_method="on_site")
    assert (answer.status, answer.code) == (422, "invalid_request")
    assert answer.json["errors"]
    assert await bookings.taken("district_day") == 0


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (pottery(adult=21), "party_size_unfit"),
        (pottery(adult=11, child=10), "party_size_unfit"),
        (pottery(child=1), "adult_needed"),
        ({**camping(), "nights": 11}, "nights_unfit"),
        ({**pottery(), "option": "lakeside"}, "option_unknown"),
        ({key: value for key, value in camping().items() if key != "nights"}, "line_time_mismatch"),
    ],
)
async def test_a_line_that_its_offering_does_not_allow_is_refused(
    bookings: Bookings, line: Json, code: str
) -> None:
    answer = await bookings.order(line, payment_method="on_site")
    assert (answer.status, answer.code) == (422, code)
    assert await bookings.taken("district_day") == 0


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("lines", []),
        ("lines", [pottery()] * 21),
        ("contact", {"name": ""}),
        ("contact", {"name": "x" * 61}),
        ("contact", {"name": "a\nBcc: x@y.z"}),
        ("contact", {"name": "\u202eabc"}),
        ("contact", {"name": "x", "role": "office"}),
        ("payment_method", "cheque"),
        ("expected_total_fen", -1),
        ("state", "confirmed"),
    ],
)
async def test_an_order_that_makes_no_sense_is_refused(
    bookings: Bookings, field: str, value: Any
) -> None:
    body = {"lines": [pottery()], "contact": {"name": "陈小溪"}, field: value}
    answer = await bookings.call("POST", "/v1/orders", body, token=bookings.visitor, key="k")
    assert (answer.status, answer.code) == (422, "invalid_request")


async def test_an_order_needs_an_account_and_a_key(bookings: Bookings) -> None:
    body = {"lines": [pottery()], "contact": {"name": "陈小溪"}}
    nobody = await bookings.call("POST", "/v1/orders", body, key="k")
    assert (nobody.status, nobody.code) == (401, "not_signed_in")
    keyless = await bookings.call("POST", "/v1/orders", body, token=bookings.visitor)
    assert (keyless.status, keyless.code) == (400, "idempotency_key_required")


def _id(order: Json) -> Any:

    return UUID(order["order_id"])


async def test_no_name_is_kept_in_the_clear(bookings: Bookings) -> None:
    await bookings.order(pottery(), payment_method="on_site")
    async with acquire(bookings.database) as conn:
        kept = await conn.fetch("select response::text from idempotency_keys")
        told = await conn.fetch("select payload::text from outbox")
        sealed = await conn.fetchval("select contact_sealed from orders")
    assert kept
    assert told
    for text in (*(row[0] for row in (*kept, *told)), sealed.decode("utf-8", "replace")):
        assert "陈小溪" not in text
