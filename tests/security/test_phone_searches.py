"""Four digits and a code open an order: operators neither try digits out nor see codes."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest

from services.bookings.features.find_orders import GUEST_PHONE
from services.bookings.guesses import guessing
from services.bookings.jobs.sweep_guesses import sweep_guesses
from tests.bookings.village import NEXT_WEEK, OPERATOR, VENUE, Json, camping, pottery, today_here
from tests.bookings.world import Answer, Bookings, serve_bookings
from tests.conftest import DatabaseUrl

GUEST, PHONE = "钱大海", "+8613911112222"
HOUR_IS_OVER = "update guesses set window_started_at = window_started_at - interval '61 minutes'"


@pytest.fixture
async def bookings(database_url: DatabaseUrl) -> AsyncIterator[Bookings]:
    async with serve_bookings(database_url("bookings")) as running:
        yield running


@pytest.fixture
async def order(bookings: Bookings) -> Json:
    placed = await bookings.order(
        pottery(adult=1),
        camping(),
        contact={"name": GUEST, "phone": PHONE},
        payment_method="on_site",
    )
    assert placed.status == 201, placed.json
    return dict(placed.json)


async def search(bookings: Bookings, token: str | None = None, **params: str) -> Answer:
    path = f"/v1/venues/{VENUE}/orders"
    return await bookings.call("GET", path, token=token or bookings.operator, params=params)


def another_operator(bookings: Bookings) -> str:
    return bookings.tokens.person(organisations=[OPERATOR])


async def test_who_tries_digits_out_is_stopped_after_thirty(
    bookings: Bookings, order: Json
) -> None:
    day = {"day": NEXT_WEEK.isoformat()}
    answers = [await search(bookings, last_four=f"{number:04}", **day) for number in range(30)]
    assert {answer.status for answer in answers} == {200}
    for digits in ("0030", PHONE[-4:]):
        refused = await search(bookings, last_four=digits, **day)
        assert (refused.status, refused.code) == (429, "too_many_phone_searches")
        assert 3500 < int(refused.headers["Retry-After"]) <= 3600
    with_code = await search(bookings, last_four=PHONE[-4:], code=order["code"])
    assert with_code.status == 429
    # Colleagues go on, and so does whoever has the code or the day.
    assert (await search(bookings, another_operator(bookings), last_four="0030")).status == 200
    for known in ({"code": order["code"]}, day):
        assert (await search(bookings, **known)).status == 200
    await bookings.execute(HOUR_IS_OVER)
    found = await search(bookings, last_four=PHONE[-4:])
    assert {item["contact_name"] for item in found.json["items"]} == {"钱**"}


async def test_whoever_looks_for_guests_who_come_is_never_stopped(
    bookings: Bookings, order: Json
) -> None:
    tokens = [another_operator(bookings) for _ in range(2)]
    for number in range(100):
        answer = await search(bookings, tokens[number % 2], last_four=PHONE[-4:])
        assert answer.status == 200, number
        codes = [item["order_code"] for item in answer.json["items"]]
        assert codes == [f"****-{order['code'][-4:]}"] * 2
    assert await bookings.fetch("select sum(tries) from guesses") == 0


async def test_a_search_that_is_broken_off_counts(bookings: Bookings) -> None:
    async with guessing(bookings.client.app, GUEST_PHONE, str(VENUE), "account:somebody") as guess:
        guess.right = True
    with pytest.raises(asyncio.CancelledError):
        async with guessing(bookings.client.app, GUEST_PHONE, str(VENUE), "account:somebody"):
            raise asyncio.CancelledError
    assert await bookings.fetch("select sum(tries) from guesses") == 1


@pytest.mark.usefixtures("order")
async def test_the_hour_begins_with_the_first_that_was_wrong(bookings: Bookings) -> None:
    assert (await search(bookings, last_four=PHONE[-4:])).status == 200
    await bookings.execute(HOUR_IS_OVER.replace("61", "50"))
    for number in range(30):
        await search(bookings, last_four=f"{number:04}")
    refused = await search(bookings, last_four="0030")
    assert (refused.status, int(refused.headers["Retry-After"]) > 3500) == (429, True)


async def test_many_accounts_of_one_venue_do_not_add_up_to_more_than_ninety(
    bookings: Bookings,
) -> None:
    tokens = [another_operator(bookings) for _ in range(5)]
    answers = Counter(
        [(await search(bookings, tokens[n % 5], last_four=f"{n:04}")).status for n in range(100)]
    )
    assert answers == {200: 90, 429: 10}


async def test_of_forty_searches_at_once_thirty_are_answered(bookings: Bookings) -> None:
    searches = (search(bookings, last_four=f"{number:04}") for number in range(40))
    statuses = Counter(answer.status for answer in await asyncio.gather(*searches))
    assert statuses == {200: 30, 429: 10}


async def test_an_api_key_searches_by_no_digits(bookings: Bookings, order: Json) -> None:
    key = bookings.tokens.person(organisations=[OPERATOR], scopes=["order.serve"])
    assert (await search(bookings, key, last_four=PHONE[-4:])).status == 404
    assert (await search(bookings, key, code=order["code"])).status == 200


async def test_a_stranger_is_not_found_and_counts_for_nothing(bookings: Bookings) -> None:
    rival = bookings.tokens.person(organisations=[uuid4()])
    assert (await search(bookings, rival, last_four="0000")).status == 404
    assert await bookings.fetch("select count(*) from guesses") == 0


async def test_counts_are_swept_when_their_hour_is_over(bookings: Bookings) -> None:
    await search(bookings, last_four="0000")
    await sweep_guesses(bookings.client.app)
    assert await bookings.fetch("select count(*) from guesses") == 1
    await bookings.execute(HOUR_IS_OVER)
    await sweep_guesses(bookings.client.app)
    assert await bookings.fetch("select count(*) from guesses") == 0


async def test_nothing_that_an_operator_reads_holds_a_whole_code(
    bookings: Bookings, order: Json
) -> None:
    [ticket, *_] = (
        await bookings.call(
            "GET", f"/v1/orders/{order['order_id']}/tickets", token=bookings.visitor
        )
    ).json["items"]
    line = order["lines"][0]["line_id"]
    month = today_here().isoformat()[:7]
    asked: list[tuple[str, str, Json | None]] = [
        ("GET", f"/v1/venues/{VENUE}/orders?code={order['code']}", None),
        ("GET", f"/v1/venues/{VENUE}/orders?last_four={PHONE[-4:]}", None),
        ("GET", f"/v1/venues/{VENUE}/arrivals?date={NEXT_WEEK}", None),
        ("POST", f"/v1/venues/{VENUE}/contact-reads", {"line_id": line, "reason": "safety"}),
        ("POST", "/v1/check-ins", {"code": ticket["code"], "admit_on_another_day": True}),
        ("POST", "/v1/check-ins", {"batch": [seen(ticket)]}),
    ]
    for method, path, body in asked:
        answer = await bookings.call(method, path, body, token=bookings.operator)
        assert answer.status in (200, 201), (path, answer.json)
        assert f"****-{order['code'][-4:]}" in str(answer.json), path
        assert order["code"] not in str(answer.json), path
    for part in ("statement/orders", "statement.csv"):
        path = f"/v1/organisations/{OPERATOR}/{part}?month={month}"
        answer = await bookings.call("GET", path, token=bookings.operator)
        assert f"****-{order['code'][-4:]}" in str(answer.json), path
        assert order["code"] not in str(answer.json), path


def seen(ticket: Json) -> dict[str, Any]:
    scanned_at = datetime.now(UTC).isoformat()
    return {
        "scan_id": str(uuid4()),
        "code": ticket["code"],
        "gate": "north",
        "scanned_at": scanned_at,
    }


async def test_code_and_digits_show_no_whole_name(bookings: Bookings, order: Json) -> None:
    body = {"code": order["code"], "phone_last_four": PHONE[-4:]}
    answer = await bookings.call("POST", "/v1/order-lookups", body, token=bookings.operator)
    assert answer.status == 200
    assert answer.json["order"]["contact_name"] == "钱**"
    assert GUEST not in str(answer.json)
