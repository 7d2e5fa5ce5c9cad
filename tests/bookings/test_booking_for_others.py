"""Village helpers and company organisers book for others, and each such order says so."""

import asyncio
from typing import Any

import pytest

from shared.db import acquire
from tests.bookings.village import NEXT_WEEK, pottery
from tests.bookings.world import Bookings

FOR_GRANDMOTHER: dict[str, Any] = {
    "for_somebody_else": True,
    "contact": {"name": "王奶奶", "phone": "13800138000"},
}


@pytest.mark.parametrize("role", ["helper", "organiser"])
async def test_an_order_for_somebody_else_says_who_books(bookings: Bookings, role: str) -> None:
    token = bookings.tokens.person(roles=[role])
    answer = await bookings.order(
        pottery(), payment_method="on_site", token=token, **FOR_GRANDMOTHER
    )
    assert (answer.status, answer.json["booked_by"]) == (201, role)
    read = await bookings.call("GET", f"/v1/orders/{answer.json['order_id']}", token=token)
    assert (read.json["booked_by"], read.json["contact_name"]) == (role, "王奶奶")
    assert [kind for kind, _, _ in await bookings.told()] == ["order.confirmed.v1"]


async def test_an_order_for_oneself_says_nothing_of_it(bookings: Bookings) -> None:
    token = bookings.tokens.person(roles=["helper"])
    answer = await bookings.order(pottery(), payment_method="on_site", token=token)
    assert answer.json["booked_by"] is None


async def test_others_do_not_book_for_others(bookings: Bookings) -> None:
    for token in (bookings.visitor, bookings.operator, bookings.office):
        answer = await bookings.order(
            pottery(), payment_method="on_site", token=token, **FOR_GRANDMOTHER
        )
        assert (answer.status, answer.code) == (403, "not_allowed")
    assert await bookings.taken("slot", NEXT_WEEK) == 0


async def test_a_helper_holds_for_as_many_as_call(bookings: Bookings) -> None:
    token = bookings.tokens.person(roles=["helper"])
    answers = [
        await bookings.order(pottery(adult=1), token=token, **FOR_GRANDMOTHER) for _ in range(5)
    ]
    assert {answer.json["state"] for answer in answers} == {"held"}


async def test_the_same_request_books_once_however_often_it_comes_at_once(
    bookings: Bookings,
) -> None:
    token = bookings.tokens.person(roles=["helper"])
    answers = await asyncio.gather(
        *(
            bookings.order(
                pottery(), payment_method="on_site", token=token, key="one", **FOR_GRANDMOTHER
            )
            for _ in range(5)
        )
    )
    placed = {answer.json["order_id"] for answer in answers if answer.status == 201}
    assert len(placed) == 1
    assert {answer.status for answer in answers} <= {201, 409}
    assert await bookings.taken("slot", NEXT_WEEK) == 2


async def test_what_is_full_is_refused_and_nothing_is_noted(bookings: Bookings) -> None:
    token = bookings.tokens.person(roles=["helper"])
    answer = await bookings.order(
        pottery(adult=11), payment_method="on_site", token=token, **FOR_GRANDMOTHER
    )
    assert (answer.status, answer.code) == (409, "pool_exhausted")
    async with acquire(bookings.database) as conn:
        assert await conn.fetchval("select count(*) from assisted_orders") == 0
