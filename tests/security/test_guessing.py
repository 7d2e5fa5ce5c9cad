"""Nobody finds an order by guessing: ids and codes are random, and few tries are let through."""

import math
import re
from collections import Counter
from collections.abc import AsyncIterator
from itertools import pairwise
from uuid import UUID

import pytest

from deploy.local.postgres import EmbeddedPostgres
from shared.core.ids import CODE_ALPHABET, new_id, normalise_order_code, order_code
from tests.bookings.village import Json, pottery
from tests.security.platform import Platform, serve_platform
from tests.support.databases import clone

PHONE = "13800000042"
LOOK_UP = "/v1/order-lookups"
# Whoever may try fifty times an hour at each code finds one of a million orders in 340 hours.
BITS = 34


@pytest.fixture(scope="module")
async def platform(postgres: EmbeddedPostgres, template: str) -> AsyncIterator[Platform]:
    async with clone(postgres, template) as database, serve_platform(database) as running:
        yield running


async def look_up(platform: Platform, code: str, digits: str) -> tuple[int, str, Json]:
    async with platform.clients["bookings"].post(
        LOOK_UP, json={"code": code, "phone_last_four": digits}
    ) as answer:
        text = await answer.text()
        said = re.sub(r'"request_id":"[^"]*"', "", text)
        return answer.status, said, dict(answer.headers)


async def placed(platform: Platform) -> Json:
    contact = {"name": "陈小溪", "phone": PHONE}
    answer = await platform.bookings.order(pottery(adult=1), contact=contact)
    assert answer.status == 201, answer.json
    order: Json = answer.json
    return order


def test_a_code_has_34_random_bits_and_follows_from_no_other() -> None:
    codes = [order_code() for _ in range(4000)]
    assert len(set(codes)) == len(codes)
    assert all(normalise_order_code(code) == code for code in codes)
    bodies = [code.replace("-", "")[:7] for code in codes]
    bits = sum(math.log2(len({body[place] for body in bodies})) for place in range(7))
    assert bits > BITS
    for place in range(7):
        # No place has a favourite: each of 31 characters stands there 129 times, give or take 11.
        common = Counter(body[place] for body in bodies)
        assert max(common.values()) < 4000 / 31 + 8 * 11.2
        assert set(common) < set(CODE_ALPHABET)
    climbing = sum(early < late for early, late in pairwise(bodies))
    assert 0.45 < climbing / 4000 < 0.55


def test_an_id_says_when_and_nothing_else_that_could_be_guessed() -> None:
    ids = [new_id() for _ in range(4000)]
    tails = [one.int & (2**62 - 1) for one in ids]
    assert len(set(tails)) == len(tails)
    for bit in range(62):
        ones = sum(tail >> bit & 1 for tail in tails)
        assert abs(ones - 2000) < 250
    steps = {late - early for early, late in pairwise(tails)}
    assert len(steps) == len(tails) - 1


async def test_the_neighbours_of_an_id_and_numbers_lead_nowhere(platform: Platform) -> None:
    order_id = UUID((await placed(platform))["order_id"])
    token = platform.bookings.visitor
    near = [UUID(int=order_id.int + step) for step in (-2, -1, 1, 2)]
    for guess in (*near, "1", "0", "-1", order_id.int, f"{{{order_id}}}", order_id.hex):
        answer = await platform.bookings.call("GET", f"/v1/orders/{guess}", token=token)
        assert answer.status in {404, 422}, guess
    assert (
        await platform.bookings.call("GET", f"/v1/orders/{order_id}", token=token)
    ).status == 200


async def test_a_code_alone_opens_nothing_and_wrong_ones_answer_alike(platform: Platform) -> None:
    order = await placed(platform)
    async with platform.clients["bookings"].post(LOOK_UP, json={"code": order["code"]}) as answer:
        assert answer.status == 422
    refused = [
        await look_up(platform, code, digits)
        for code, digits in (
            (order["code"], "0043"),
            (order_code(), "0042"),
            ("AAAA-AAAA", "0042"),
        )
    ]
    assert {status for status, _, _ in refused} == {404}
    assert len({said for _, said, _ in refused}) == 1
    assert len({frozenset(headers) for _, _, headers in refused}) == 1
    assert (await look_up(platform, order["code"], "0042"))[0] == 200


async def test_five_wrong_digits_are_the_end_for_known_and_unknown_codes(
    platform: Platform,
) -> None:
    order, unknown = await placed(platform), order_code()
    for code in (order["code"], unknown):
        tried = [(await look_up(platform, code, f"90{number:02}"))[0] for number in range(6)]
        assert tried == [404] * 5 + [429]
    status, _, headers = await look_up(platform, order["code"], "0042")
    assert status == 429
    assert 3500 < int(headers["Retry-After"]) <= 3600
