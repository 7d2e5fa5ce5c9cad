"""Cash at the venue, written down by those who took it."""

import asyncio
from uuid import uuid4

from tests.bookings.payments.stage import POTTERY_FEN, Paying
from tests.bookings.village import NEXT_WEEK, VENUE, Json, pottery
from tests.bookings.world import Answer


async def on_site(paying: Paying) -> tuple[str, str]:
    answer = await paying.bookings.order(pottery(), payment_method="on_site")
    return str(answer.json["order_id"]), str(answer.json["lines"][0]["line_id"])


async def take_cash(
    paying: Paying,
    order_id: str,
    line_id: str,
    fen: int,
    *,
    token: str | None = None,
    key: str = "",
) -> Answer:
    return await paying.bookings.call(
        "POST",
        f"/v1/orders/{order_id}/cash-receipts",
        {"line_id": line_id, "amount_fen": fen},
        token=token or paying.bookings.operator,
        key=key or uuid4().hex,
    )


async def test_cash_settles_what_is_owed(paying: Paying) -> None:
    order_id, line_id = await on_site(paying)
    assert (await paying.balances(order_id))["receivable"] == POTTERY_FEN
    first = await take_cash(paying, order_id, line_id, 10000)
    assert (first.status, first.json["owed_fen"]) == (201, POTTERY_FEN - 10000)
    second = await take_cash(paying, order_id, line_id, POTTERY_FEN - 10000)
    assert second.json["owed_fen"] == 0
    assert await paying.balances(order_id) == {
        "sales": -POTTERY_FEN,
        "receivable": 0,
        "cash": POTTERY_FEN,
    }


async def test_the_same_key_takes_the_money_once(paying: Paying) -> None:
    order_id, line_id = await on_site(paying)
    answers = [await take_cash(paying, order_id, line_id, 5000, key="once") for _ in range(3)]
    assert len({answer.json["receipt_id"] for answer in answers}) == 1
    assert (await paying.balances(order_id))["cash"] == 5000
    answer = await take_cash(paying, order_id, line_id, 6000, key="once")
    assert (answer.status, answer.code) == (422, "idempotency_key_reused")


async def test_nobody_takes_more_than_is_owed_at_once_or_together(paying: Paying) -> None:
    order_id, line_id = await on_site(paying)
    answer = await take_cash(paying, order_id, line_id, POTTERY_FEN + 1)
    assert (answer.status, answer.code) == (409, "nothing_owed")
    assert answer.json["owed_fen"] == POTTERY_FEN
    # Later rounds find connections that are open already, and race in earnest.
    for _ in range(4):
        order_id, line_id = await on_site(paying)
        answers = await asyncio.gather(
            *(take_cash(paying, order_id, line_id, POTTERY_FEN) for _ in range(6))
        )
        assert sorted(answer.status for answer in answers) == [201] + [409] * 5


async def change(paying: Paying, order_id: str, line_id: str, **tickets: int) -> str:
    """Change a line's party, and return the line that stands in its place."""
    answer = await paying.bookings.call(
        "POST",
        f"/v1/orders/{order_id}/changes",
        {"line_id": line_id, "tickets": tickets},
        token=paying.bookings.visitor,
        key=uuid4().hex,
    )
    assert answer.status == 201, answer.json
    return str(answer.json["line_id"])


async def arrival(paying: Paying) -> Json:
    answer = await paying.bookings.call(
        "GET",
        f"/v1/venues/{VENUE}/arrivals",
        token=paying.bookings.operator,
        params={"date": str(NEXT_WEEK)},
    )
    [item] = answer.json["items"]
    return dict(item)


async def test_cash_that_was_taken_before_a_line_was_changed_is_not_due_again(
    paying: Paying,
) -> None:
    order_id, line_id = await on_site(paying)
    await take_cash(paying, order_id, line_id, POTTERY_FEN)
    line_id = await change(paying, order_id, line_id, adult=2, child=1)
    line_id = await change(paying, order_id, line_id, adult=3)
    found = await arrival(paying)
    assert (found["due_fen"], found["overpaid_fen"]) == (12800, 0)
    answer = await take_cash(paying, order_id, line_id, 12801)
    assert (answer.code, answer.json["owed_fen"]) == ("nothing_owed", 12800)
    assert (await take_cash(paying, order_id, line_id, 12800)).json["owed_fen"] == 0
    assert (await paying.balances(order_id))["receivable"] == 0


async def test_cash_beyond_the_price_of_a_changed_line_is_to_be_given_back(
    paying: Paying,
) -> None:
    order_id, line_id = await on_site(paying)
    await take_cash(paying, order_id, line_id, POTTERY_FEN)
    line_id = await change(paying, order_id, line_id, adult=1)
    found = await arrival(paying)
    assert (found["due_fen"], found["overpaid_fen"]) == (0, 12800)
    answer = await take_cash(paying, order_id, line_id, 1)
    assert (answer.code, answer.json["owed_fen"]) == ("nothing_owed", 0)


async def test_nothing_is_owed_for_what_was_paid_in_advance_or_cancelled(paying: Paying) -> None:
    order_id = await paying.paid()
    line_id = (await paying.order(order_id))["lines"][0]["line_id"]
    assert (await take_cash(paying, order_id, line_id, 1)).code == "nothing_owed"
    order_id, line_id = await on_site(paying)
    path = f"/v1/orders/{order_id}/cancellations"
    await paying.bookings.call("POST", path, {}, token=paying.bookings.visitor)
    assert (await take_cash(paying, order_id, line_id, 1)).code == "nothing_owed"


async def test_only_the_lines_own_operator_takes_cash(paying: Paying) -> None:
    order_id, line_id = await on_site(paying)
    stranger = paying.bookings.tokens.person(organisations=[uuid4()])
    assert (await take_cash(paying, order_id, line_id, 1, token=stranger)).status == 404
    assert (await take_cash(paying, order_id, str(uuid4()), 1)).status == 404
    other, _ = await on_site(paying)
    assert (await take_cash(paying, other, line_id, 1)).status == 404
    visitor = paying.bookings.visitor
    assert (await take_cash(paying, order_id, line_id, 1, token=visitor)).status == 403


async def test_amounts_are_whole_and_above_zero(paying: Paying) -> None:
    order_id, line_id = await on_site(paying)
    for amount in (0, -1, True, 1.0, "1", 2**63):
        answer = await paying.bookings.call(
            "POST",
            f"/v1/orders/{order_id}/cash-receipts",
            {"line_id": line_id, "amount_fen": amount},
            token=paying.bookings.operator,
            key=uuid4().hex,
        )
        assert (answer.status, answer.code) == (422, "invalid_request")
