"""Money against time: a hold's expiry races its payment, and one of them is right."""

import asyncio
import random
import time

import asyncpg
import pytest
from yarl import URL

from services.bookings.jobs.expire_holds import CLOSED_AT_ONCE, expire_holds
from tests.bookings.payments.stage import END_HOLDS, POTTERY_FEN, Paying, adults
from tests.bookings.village import NEXT_WEEK, POTTERY, at


async def test_a_hold_that_is_over_but_stands_is_paid(paying: Paying) -> None:
    order_id = await paying.hold()
    pay_url = await paying.begin(order_id)
    await paying.bookings.execute(END_HOLDS)
    await paying.press(pay_url, "pay")
    assert (await paying.order(order_id))["state"] == "confirmed"


async def test_expiry_closes_the_payment_first(paying: Paying) -> None:
    order_id = await paying.hold()
    pay_url = await paying.begin(order_id)
    await paying.expire()
    assert (await paying.order(order_id))["state"] == "expired"
    [payment] = await paying.payments(order_id)
    assert payment["state"] == "closed"
    status, back = await paying.press(pay_url, "pay")
    assert (status, back) == (303, pay_url.removeprefix(paying.cashier.url))
    assert (await paying.order(order_id))["paid_fen"] == 0


async def test_expiry_finds_that_it_was_paid(paying: Paying) -> None:
    order_id = await paying.hold()
    pay_url = await paying.begin(order_id)
    paying.cashier.store.pay(pay_url.rsplit("/", 1)[1], reports=0)
    await paying.expire()
    assert (await paying.order(order_id))["state"] == "confirmed"
    assert "order.expired.v1" not in [kind for kind, _, _ in await paying.bookings.told()]


async def test_expiry_does_not_wait_for_a_cashier_that_is_away(paying: Paying) -> None:
    order_id = await paying.hold()
    pay_url = await paying.begin(order_id)
    await paying.cashier.stop()
    await paying.expire()
    assert (await paying.order(order_id))["state"] == "expired"
    assert await paying.bookings.taken("slot") == 0
    # What it was told before it went away comes out later: the places are still there.
    await paying.cashier.start()
    paying.cashier.store.pay(pay_url.rsplit("/", 1)[1], reports=0)
    await paying.ask()
    assert (await paying.order(order_id))["state"] == "confirmed"


async def silence(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Listen to a caller until they hang up, and never answer."""
    await reader.read()
    writer.close()


async def test_a_cashier_that_hangs_keeps_no_places_from_others(
    paying: Paying, monkeypatch: pytest.MonkeyPatch
) -> None:
    await paying.bookings.publish_slot(POTTERY, at(NEXT_WEEK, 14), 50)
    for _ in range(CLOSED_AT_ONCE + 2):
        visitor = paying.bookings.tokens.person()
        order_id = await paying.hold(adults(1), token=visitor)
        assert (await paying.pay(order_id, token=visitor)).status == 201
    await paying.cashier.stop()
    port = URL(paying.cashier.url).port
    monkeypatch.setattr("services.bookings.jobs.expire_holds.MOST_SECONDS_CLOSING", 0.5)
    async with await asyncio.start_server(silence, "127.0.0.1", port):
        begun = time.monotonic()
        await paying.expire()
        assert time.monotonic() - begun < 4
    assert await paying.bookings.taken("slot") == 0


async def pay_late(paying: Paying, order_id: str) -> None:
    """Pay after the order expired, as a bank does that was slow."""
    [payment] = await paying.payments(order_id)
    pay_url = str(payment["pay_url"])
    await paying.press(pay_url, "late")
    await paying.expire()
    assert (await paying.order(order_id))["state"] == "expired"
    paying.cashier.hurry()
    await paying.cashier.settled(pay_url.rsplit("/", 1)[1])


async def test_late_money_is_honoured_where_the_places_are_still_there(paying: Paying) -> None:
    order_id = await paying.hold()
    await paying.begin(order_id)
    await pay_late(paying, order_id)
    order = await paying.order(order_id)
    assert (order["state"], order["payment_method"]) == ("confirmed", "sandbox")
    assert {line["state"] for line in order["lines"]} == {"kept"}
    assert await paying.bookings.taken("slot", NEXT_WEEK) == 2
    assert await paying.refunds(order_id) == []
    assert await paying.balances(order_id) == {
        "sales": -POTTERY_FEN,
        "receivable": 0,
        "provider": POTTERY_FEN,
    }
    assert [kind for kind, _, _ in await paying.bookings.told()] == [
        "order.held.v1",
        "order.expired.v1",
        "payment.captured.v1",
        "order.confirmed.v1",
    ]


async def test_late_money_goes_back_where_the_places_are_gone(paying: Paying) -> None:
    order_id = await paying.hold()
    await paying.begin(order_id)
    [payment] = await paying.payments(order_id)
    await paying.press(str(payment["pay_url"]), "late")
    await paying.expire()
    other = paying.bookings.tokens.person()
    answer = await paying.bookings.order(adults(9), payment_method="on_site", token=other)
    assert answer.status == 201
    paying.cashier.hurry()
    await paying.cashier.settled(str(payment["pay_url"]).rsplit("/", 1)[1])
    order = await paying.order(order_id)
    assert (order["state"], order["refunded_fen"]) == ("expired", POTTERY_FEN)
    [refund] = await paying.refunds(order_id)
    assert refund["cause"] == "too_late"
    await paying.send_refunds()
    await paying.until(lambda: is_done(paying, order_id))
    balances = await paying.balances(order_id)
    assert set(balances.values()) == {0}


async def is_done(paying: Paying, order_id: str) -> bool:
    return {refund["state"] for refund in await paying.refunds(order_id)} == {"done"}


async def test_late_money_goes_back_where_it_is_not_on_sale_any_more(paying: Paying) -> None:
    order_id = await paying.hold()
    await paying.begin(order_id)
    await paying.bookings.execute("update slots set on_sale = false")
    await pay_late(paying, order_id)
    assert (await paying.order(order_id))["state"] == "expired"
    assert [refund["cause"] for refund in await paying.refunds(order_id)] == ["too_late"]


async def test_late_money_gives_nobody_more_than_one_account_may_have(paying: Paying) -> None:
    order_id = await paying.hold(adults(2))
    await paying.begin(order_id)
    await paying.bookings.execute(
        "update offering_editions set terms = terms || '{\"most_per_account\": 3}'::jsonb"
    )
    await pay_late_with_another_order(paying, order_id)
    assert (await paying.order(order_id))["state"] == "expired"
    assert [refund["cause"] for refund in await paying.refunds(order_id)] == ["too_late"]


async def pay_late_with_another_order(paying: Paying, order_id: str) -> None:
    [payment] = await paying.payments(order_id)
    number = str(payment["pay_url"]).rsplit("/", 1)[1]
    await paying.press(str(payment["pay_url"]), "late")
    await paying.expire()
    answer = await paying.bookings.order(adults(2), payment_method="on_site")
    assert answer.status == 201, answer.json
    paying.cashier.hurry()
    await paying.cashier.settled(number)


async def test_a_payment_that_races_the_expiry_ends_paid_or_refunded(paying: Paying) -> None:
    await paying.bookings.publish_slot(POTTERY, at(NEXT_WEEK, 14), 100)
    outcomes = set()
    for round_number in range(15):
        order_id = await paying.hold()
        pay_url = await paying.begin(order_id)
        await paying.bookings.execute(END_HOLDS)
        # Some rounds are decided by who is early, the others by chance.
        early, late = (random.random() / 50 for _ in range(2))
        if round_number % 3 == 0:
            early, late = 0, 0.2
        first, then = (pay, expire) if round_number % 2 else (expire, pay)
        await asyncio.gather(
            first(paying, pay_url, early), then(paying, pay_url, late), paying.ask()
        )
        await paying.ask()
        order = await paying.order(order_id)
        outcomes.add(order["state"])
        if order["state"] == "confirmed":
            assert (order["paid_fen"], order["refunded_fen"]) == (POTTERY_FEN, 0)
        else:
            assert order["state"] == "expired"
            assert order["paid_fen"] == order["refunded_fen"]
    assert outcomes == {"confirmed", "expired"}


async def pay(paying: Paying, pay_url: str, seconds: float) -> None:
    await asyncio.sleep(seconds)
    await paying.press(pay_url, "pay")


async def expire(paying: Paying, _pay_url: str, seconds: float) -> None:
    await asyncio.sleep(seconds)
    await asyncio.gather(*(expire_holds(paying.app) for _ in range(2)))


async def test_late_reports_of_many_orders_never_sell_a_place_twice(paying: Paying) -> None:
    """Ten places; five orders for two expire, five others take six; all the money comes late."""
    orders = []
    for _ in range(5):
        order_id = await paying.hold(token=(token := paying.bookings.tokens.person()))
        answer = await paying.pay(order_id, token=token)
        orders.append((order_id, token, str(answer.json["payment"]["pay_url"])))
    for _, _, pay_url in orders:
        await paying.press(pay_url, "late")
    await paying.expire()
    other = paying.bookings.tokens.person()
    assert (
        await paying.bookings.order(adults(6), payment_method="on_site", token=other)
    ).status == 201
    paying.cashier.hurry()
    for _, _, pay_url in orders:
        await paying.cashier.settled(pay_url.rsplit("/", 1)[1])
    rows = await paying.bookings.fetch_rows(
        "select state, count(*) as orders from orders where accepted_payment = 'on_site'"
        " and payment_method is distinct from 'on_site' group by state order by state"
    )
    assert [tuple(row) for row in rows] == [("confirmed", 2), ("expired", 3)]
    assert await paying.bookings.taken("slot", NEXT_WEEK) == 10


CONFIRM = """
update orders set state = 'confirmed', payment_method = 'on_site', confirmed_at = now()
"""
KEEP = "update order_lines set claim_state = 'kept'"


@pytest.mark.parametrize(
    ("sql", "constraint"),
    [(CONFIRM, "orders_revived_by_payment"), (KEEP, "order_lines_revived_by_payment")],
)
async def test_nothing_but_money_revives_what_expired(
    paying: Paying, sql: str, constraint: str
) -> None:
    await paying.hold()
    await paying.expire()
    with pytest.raises(asyncpg.CheckViolationError) as refused:
        await paying.bookings.execute(sql)
    assert refused.value.constraint_name == constraint
