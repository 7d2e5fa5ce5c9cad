"""Without an account: a code and the end of a phone number, and few tries."""

import asyncio
from typing import Any

import pytest

from services.bookings.jobs.sweep_guesses import sweep_guesses
from shared.core.ids import order_code
from tests.bookings.life.stage import Life, without_own
from tests.bookings.village import Json
from tests.bookings.world import Answer

PHONE = "13800000042"
HOUR_IS_OVER = "update guesses set window_started_at = window_started_at - interval '61 minutes'"


async def with_phone(life: Life, phone: str | None = PHONE) -> Json:
    contact = {"name": "陈小溪", **({"phone": phone} if phone else {})}
    return await life.ordered(contact=contact)


async def look_up(life: Life, code: str, digits: str, address: str = "8.8.8.8") -> Answer:
    """Look an order up from an address, as the proxy in front says it."""
    async with life.bookings.client.post(
        "/v1/order-lookups",
        json={"code": code, "phone_last_four": digits},
        headers={"X-Forwarded-For": address},
    ) as answer:
        return Answer(answer.status, answer.headers.copy(), await answer.json())


@pytest.mark.parametrize("spelt", [str, str.lower, lambda code: f" {code.replace('-', ' ')} "])
async def test_code_and_digits_show_the_order_and_its_tickets(life: Life, spelt: Any) -> None:
    order = await with_phone(life)
    answer = await look_up(life, spelt(order["code"]), "0042")
    assert answer.status == 200
    own = await life.order(order["order_id"])
    assert answer.json["order"] == {**own, "contact_name": "陈**"}
    assert [ticket["state"] for ticket in answer.json["tickets"]] == ["valid"] * 2


async def test_what_does_not_fit_looks_alike(life: Life) -> None:
    order, silent = await with_phone(life), await with_phone(life, None)
    answers = [
        await look_up(life, order["code"], "0043"),
        await look_up(life, order_code(), "0042"),
        await look_up(life, silent["code"], "0042"),
        await look_up(life, "AAAA-AAAA", "0042"),
    ]
    assert {answer.status for answer in answers} == {404}
    assert len({str(without_own(answer)) for answer in answers}) == 1
    assert len({frozenset(answer.headers) for answer in answers}) == 1


async def test_after_five_wrong_tries_the_right_digits_are_refused_too(life: Life) -> None:
    order = await with_phone(life)
    for number in range(5):
        assert (await look_up(life, order["code"], f"900{number}")).status == 404
    for digits in ("9009", "0042"):
        answer = await look_up(life, order["code"], digits)
        assert (answer.status, answer.code) == (429, "too_many_requests")
        assert 3500 < int(answer.headers["Retry-After"]) <= 3600
    await life.bookings.execute(HOUR_IS_OVER)
    assert (await look_up(life, order["code"], "0042")).status == 200


async def test_wrong_tries_of_one_address_lock_no_other_out(life: Life) -> None:
    order = await with_phone(life)
    for _ in range(60):
        await look_up(life, order["code"], "9000", "2606:4700::1")
    # Whoever has one address of a network has all of them.
    assert (await look_up(life, order["code"], "0042", "2606:4700::2")).status == 429
    assert (await look_up(life, order["code"], "0042", "9.9.9.9")).status == 200


async def test_fifty_wrong_tries_of_all_addresses_are_enough(life: Life) -> None:
    order = await with_phone(life)
    answers = [
        await look_up(life, order["code"], "9000", f"8.8.4.{number // 5}") for number in range(51)
    ]
    assert [answer.status for answer in answers] == [404] * 50 + [429]
    refused = await look_up(life, order["code"], "0042", "9.9.9.9")
    assert refused.status == 429
    assert 3500 < int(refused.headers["Retry-After"]) <= 3600
    kept = await life.bookings.fetch_rows("select by from guesses")
    assert all(len(row["by"]) == 32 for row in kept)


async def test_the_refusal_says_when_the_first_hour_is_over(life: Life) -> None:
    order = await with_phone(life)
    for number in range(50):
        await look_up(life, order["code"], "9000", f"8.8.4.{number // 5}")
    oldest = await life.bookings.fetch("select by from guesses limit 1")
    ago = "update guesses set window_started_at = now() - interval '55 minutes' where by = $1"
    await life.bookings.execute(ago, oldest)
    refused = await look_up(life, order["code"], "0042", "9.9.9.9")
    assert (refused.status, 295 < int(refused.headers["Retry-After"]) <= 300) == (429, True)


async def test_a_code_that_nobody_has_is_locked_just_the_same(life: Life) -> None:
    order, unknown = await with_phone(life), order_code()
    seen = [
        [(await look_up(life, code, "9000")).status for _ in range(7)]
        for code in (order["code"], unknown)
    ]
    assert seen[0] == seen[1] == [404] * 5 + [429] * 2


async def test_other_codes_are_not_locked(life: Life) -> None:
    order, other = await with_phone(life), await with_phone(life)
    for _ in range(6):
        await look_up(life, order["code"], "9000")
    assert (await look_up(life, other["code"], "0042")).status == 200


async def test_who_knows_the_digits_may_look_as_often_as_they_like(life: Life) -> None:
    order = await with_phone(life)
    for _ in range(4):
        await look_up(life, order["code"], "9000")
    assert [(await look_up(life, order["code"], "0042")).status for _ in range(8)] == [200] * 8
    assert (await look_up(life, order["code"], "9000")).status == 404
    assert (await look_up(life, order["code"], "0042")).status == 429


async def test_of_twenty_wrong_tries_at_once_five_are_looked_at(life: Life) -> None:
    order = await with_phone(life)
    answers = await asyncio.gather(*(look_up(life, order["code"], "9000") for _ in range(20)))
    assert sorted(answer.status for answer in answers) == [404] * 5 + [429] * 15


async def test_counts_are_swept_when_their_hour_is_over(life: Life) -> None:
    await look_up(life, order_code(), "9000")
    await sweep_guesses(life.bookings.client.app)
    assert await life.bookings.fetch("select count(*) from guesses") == 1
    await life.bookings.execute(HOUR_IS_OVER)
    await sweep_guesses(life.bookings.client.app)
    assert await life.bookings.fetch("select count(*) from guesses") == 0


@pytest.mark.parametrize(
    "body",
    [
        {"code": "AAAA-AAAA"},
        {"code": "AAAA-AAAA", "phone_last_four": "42"},
        {"code": "AAAA-AAAA", "phone_last_four": "00042"},
        {"code": "AAAA-AAAA", "phone_last_four": "００４２"},
        {"code": "AAAA-AAAA", "phone_last_four": 42},
        {"code": "A" * 41, "phone_last_four": "0042"},
        {"code": "AAAA-AAAA", "phone_last_four": "0042", "phone": PHONE},
    ],
    ids=str,
)
async def test_what_makes_no_sense_is_refused(life: Life, body: Any) -> None:
    assert (await life.bookings.call("POST", "/v1/order-lookups", body)).status == 422
