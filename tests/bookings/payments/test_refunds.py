"""Money on its way back: sent until it arrived, once, and never more than was paid."""

import asyncio
from functools import partial
from uuid import UUID

import pytest

from deploy.local.cashier.charges import RefundRequest
from services.bookings.errors import RefundExceedsPayment
from services.bookings.jobs.send_refunds import send_refunds
from services.bookings.money.refunding import request_refunds
from shared.db import transaction
from tests.bookings.payments.stage import POTTERY_FEN, TEA_FEN, Paying, tea
from tests.bookings.village import pottery

ASKED = """
select refunds.number, payments.number as charge_number, organisation_id, refunds.amount_fen
from refunds
join payments using (payment_id)
"""
ASK_AGAIN = "select refund_id, number, tries, refusals, state from refunds"


async def cancel(paying: Paying, order_id: str) -> None:
    path = f"/v1/orders/{order_id}/cancellations"
    answer = await paying.bookings.call("POST", path, {}, token=paying.bookings.visitor)
    assert answer.status == 201, answer.json


async def states(paying: Paying, order_id: str) -> set[str]:
    return {refund["state"] for refund in await paying.refunds(order_id)}


async def all_done(paying: Paying, order_id: str) -> bool:
    return await states(paying, order_id) == {"done"}


async def refund(paying: Paying, order_id: str, fen: int, line_id: str | None = None) -> list[UUID]:
    line = None if line_id is None else UUID(line_id)
    async with transaction(paying.bookings.database) as conn:
        await conn.execute("select 1 from orders where order_id = $1 for update", UUID(order_id))
        return await request_refunds(conn, UUID(order_id), line, fen, "operator")


async def test_a_cancelled_order_gets_its_money_back(paying: Paying) -> None:
    order_id = await paying.paid()
    await cancel(paying, order_id)
    assert await states(paying, order_id) == {"requested"}
    await paying.send_refunds()
    # Accepted is not done: the cashier takes its time, and says so itself.
    assert await states(paying, order_id) == {"accepted"}
    assert (await paying.balances(order_id))["refunds_owed"] == -POTTERY_FEN
    await paying.until(lambda: all_done(paying, order_id))
    assert set((await paying.balances(order_id)).values()) == {0}
    told = [kind for kind, _, _ in await paying.bookings.told()]
    assert told[-1] == "payment.refunded.v1"
    assert told.count("payment.refunded.v1") == 1


async def test_each_operator_gives_its_own_part_back(paying: Paying) -> None:
    await paying.publish_other_venue()
    order_id = await paying.paid(pottery(), tea())
    await cancel(paying, order_id)
    await paying.send_refunds()
    await paying.until(lambda: all_done(paying, order_id))
    amounts = sorted(refund["amount_fen"] for refund in await paying.refunds(order_id))
    assert amounts == [TEA_FEN, POTTERY_FEN]
    rows = await paying.bookings.fetch_rows(
        "select organisation_id, account, sum(amount_fen) as fen from ledger_entries group by 1, 2"
    )
    assert {row["fen"] for row in rows} == {0}


async def test_a_report_that_was_lost_is_asked_for(paying: Paying) -> None:
    order_id = await paying.paid()
    await cancel(paying, order_id)
    await paying.send_refunds()
    await paying.cashier.stop()
    await paying.cashier.start()
    paying.cashier.hurry()
    with paying.cashier.store._transaction() as db:  # noqa: SLF001 - to lose a report
        db.execute("update refunds set done_at = 1, due_at = 1")
        db.execute("delete from reports")
    await paying.send_refunds()
    assert await states(paying, order_id) == {"done"}


async def test_a_refund_is_sent_again_under_its_number_until_the_cashier_is_back(
    paying: Paying,
) -> None:
    order_id = await paying.paid()
    await paying.cashier.stop()
    await cancel(paying, order_id)
    [before] = await paying.bookings.fetch_rows(ASK_AGAIN)
    for _ in range(3):
        await paying.send_refunds()
    [after] = await paying.bookings.fetch_rows(ASK_AGAIN)
    assert (after["number"], after["tries"], after["state"]) == (before["number"], 3, "requested")
    assert after["refusals"] == 0
    await paying.cashier.start()
    await paying.send_refunds()
    await paying.send_refunds()
    await paying.until(lambda: all_done(paying, order_id))
    known = paying.cashier.store.refund(before["number"])
    assert known is not None
    assert known.asked.amount_fen == POTTERY_FEN


async def test_an_answer_that_was_lost_sends_no_money_twice(paying: Paying) -> None:
    order_id = await paying.paid()
    await cancel(paying, order_id)
    [asked] = await paying.bookings.fetch_rows(ASKED)
    # The cashier got the request of somebody who was killed before the answer came.
    first = RefundRequest(
        number=asked["number"],
        charge_number=asked["charge_number"],
        merchant=str(asked["organisation_id"]),
        amount_fen=asked["amount_fen"],
        reason="",
        notify_url=f"{paying.bookings.client.make_url('/v1/payment-callbacks/sandbox')}",
    )
    paying.cashier.store.add_refund(first)
    await paying.send_refunds()
    await paying.until(lambda: all_done(paying, order_id))
    assert (await paying.balances(order_id))["provider"] == 0
    told = [kind for kind, _, _ in await paying.bookings.told()]
    assert told.count("payment.refunded.v1") == 1


async def test_two_workers_send_each_refund_once(paying: Paying) -> None:
    orders = [await paying.paid() for _ in range(3)]
    for order_id in orders:
        await cancel(paying, order_id)
    await asyncio.gather(*(send_refunds(paying.app) for _ in range(4)))
    tries = await paying.bookings.fetch_rows(ASK_AGAIN)
    assert [row["tries"] for row in tries] == [1, 1, 1]
    for order_id in orders:
        await paying.until(partial(all_done, paying, order_id))


async def test_a_refund_that_is_refused_is_tried_again_and_then_left_to_people(
    paying: Paying,
) -> None:
    order_id = await paying.paid()
    await cancel(paying, order_id)
    with paying.cashier.store._transaction() as db:  # noqa: SLF001 - an operator without money
        db.execute("update charges set paid_parts = '[]'")
    await paying.send_refunds()
    [row] = await paying.bookings.fetch_rows(ASK_AGAIN)
    assert (row["state"], row["refusals"]) == ("requested", 1)
    await paying.bookings.execute("update refunds set refusals = 29")
    await paying.send_refunds()
    assert await states(paying, order_id) == {"failed"}
    await paying.send_refunds()
    [row] = await paying.bookings.fetch_rows(ASK_AGAIN)
    assert row["tries"] == 2
    # Nobody forgets it: it is still owed.
    assert (await paying.balances(order_id))["refunds_owed"] == -POTTERY_FEN


async def test_refunds_never_exceed_what_was_paid(paying: Paying) -> None:
    order_id = await paying.paid()
    with pytest.raises(RefundExceedsPayment) as refused:
        await refund(paying, order_id, POTTERY_FEN + 1)
    assert refused.value.params == {"left_fen": POTTERY_FEN}
    outcomes = await asyncio.gather(
        *(refund(paying, order_id, 10000) for _ in range(6)), return_exceptions=True
    )
    assert sum(isinstance(outcome, list) for outcome in outcomes) == 2
    assert sum(isinstance(outcome, RefundExceedsPayment) for outcome in outcomes) == 4
    assert (await paying.order(order_id))["refunded_fen"] == 20000


async def test_the_database_itself_refuses_to_refund_too_much(paying: Paying) -> None:
    await paying.paid()
    with pytest.raises(Exception, match="refunded_fen_check"):
        await paying.bookings.execute(
            "insert into refunds"
            " (refund_id, number, payment_id, order_id, organisation_id, cause, amount_fen)"
            " select uuidv7(), 'X', payment_id, order_id, organisation_id, 'operator', $1::bigint"
            " from payments join payment_parts using (payment_id)",
            POTTERY_FEN + 1,
        )


async def test_a_part_of_the_whole_comes_from_all_in_proportion(paying: Paying) -> None:
    await paying.publish_other_venue()
    order_id = await paying.paid(pottery(), tea())
    await refund(paying, order_id, 333)
    amounts = sorted(one["amount_fen"] for one in await paying.refunds(order_id))
    assert amounts == [94, 239]
    tea_line = (await paying.order(order_id))["lines"][1]["line_id"]
    with pytest.raises(RefundExceedsPayment):
        await refund(paying, order_id, TEA_FEN, tea_line)
    await refund(paying, order_id, TEA_FEN - 94, tea_line)
    assert await refund(paying, order_id, 0) == []
