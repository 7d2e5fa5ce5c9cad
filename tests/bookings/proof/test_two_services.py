"""Two of the service on one database, as two processes are: neither knows what the other does."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from typing import Final

import pytest
from aiohttp.test_utils import TestClient, TestServer
from pydantic import SecretStr

from services.bookings.app import build_app
from services.bookings.settings import BookingsSettings
from tests.bookings.payments.stage import adults
from tests.bookings.proof.stage import Proof
from tests.bookings.village import NEXT_WEEK
from tests.bookings.world import Answer, Bookings
from tests.conftest import DatabaseUrl

ON_SITE: Final = {"payment_method": "on_site"}


@pytest.fixture
async def other(proof: Proof, database_url: DatabaseUrl) -> AsyncIterator[Bookings]:
    settings = BookingsSettings(database_url=SecretStr(database_url("bookings")))
    tokens = proof.bookings.tokens
    app = build_app(settings, "api", verifier=tokens.verifier())
    async with TestClient(TestServer(app)) as client:
        yield Bookings(client, tokens)


async def test_two_hundred_buyers_at_two_doors_get_the_ten_seats(
    proof: Proof, other: Bookings
) -> None:
    doors = (proof.bookings, other)
    answers = await asyncio.gather(
        *(
            doors[number % 2].order(adults(1), token=other.tokens.person(), **ON_SITE)
            for number in range(200)
        )
    )
    assert Counter(answer.status for answer in answers) == {201: 10, 409: 190}
    assert {answer.code for answer in answers if answer.status == 409} == {"pool_exhausted"}
    assert await other.taken("slot", NEXT_WEEK) == 10


async def test_one_tap_that_reaches_both_is_one_order(proof: Proof, other: Bookings) -> None:
    visitor = proof.bookings.visitor
    for number in range(5):
        key = f"tap-{number}"
        answers: list[Answer] = await asyncio.gather(
            *(
                door.order(adults(1), token=visitor, key=key, **ON_SITE)
                for door in (proof.bookings, other) * 3
            )
        )
        placed = {answer.json["order_id"] for answer in answers if answer.status == 201}
        assert len(placed) == 1
        refused = {answer.code for answer in answers if answer.status != 201}
        assert refused <= {"request_in_flight"}
    assert await other.taken("slot", NEXT_WEEK) == 5


async def test_an_account_holds_no_more_than_three_orders_at_both(
    proof: Proof, other: Bookings
) -> None:
    visitor = proof.bookings.visitor
    answers = await asyncio.gather(
        *(door.order(adults(1), token=visitor) for door in (proof.bookings, other) * 4)
    )
    assert Counter(answer.status for answer in answers) == {201: 3, 409: 5}
    assert {answer.code for answer in answers if answer.status == 409} == {"too_many_holds"}
    assert await proof.broken() == {}
