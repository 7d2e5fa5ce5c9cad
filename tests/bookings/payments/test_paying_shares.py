"""Each operator is paid for its own lines, also where they changed and the total did not."""

from uuid import UUID, uuid4

from tests.bookings.payments.stage import OTHER_OPERATOR, Paying, tea
from tests.bookings.village import OPERATOR, POTTERY, pottery

RECEIVED = """
select organisation_id, sum(amount_fen)::bigint as fen
from ledger_entries
where order_id = $1 and account = 'provider'
group by organisation_id
"""


async def held_at_two(paying: Paying) -> str:
    """Return a held order of two operators, whose lines cost ¥50 for each person."""
    await paying.bookings.publish_offering(POTTERY, "session", {"adult": 5000}, payment="online")
    await paying.publish_other_venue("online")
    return await paying.hold(pottery(adult=3), tea(adult=2))


async def move_one_person(paying: Paying, order_id: str) -> None:
    """Change both lines so that one costs as much less as the other costs more."""
    lines = (await paying.order(order_id))["lines"]
    for line, adults in zip(lines, (2, 3), strict=True):
        answer = await paying.bookings.call(
            "POST",
            f"/v1/orders/{order_id}/changes",
            {"line_id": line["line_id"], "tickets": {"adult": adults}},
            token=paying.bookings.visitor,
            key=uuid4().hex,
        )
        assert answer.status == 201, answer.json


async def received(paying: Paying, order_id: str) -> dict[UUID, int]:
    rows = await paying.bookings.fetch_rows(RECEIVED, UUID(order_id))
    return {row["organisation_id"]: row["fen"] for row in rows}


async def test_a_payment_in_other_shares_is_not_begun_again(paying: Paying) -> None:
    order_id = await held_at_two(paying)
    earlier = await paying.begin(order_id)
    assert await paying.begin(order_id) == earlier
    await move_one_person(paying, order_id)
    later = await paying.begin(order_id)
    assert later != earlier
    await paying.press(later, "pay")
    assert (await paying.order(order_id))["state"] == "confirmed"
    assert await received(paying, order_id) == {OPERATOR: 10000, OTHER_OPERATOR: 15000}


async def test_money_in_other_shares_than_todays_goes_back(paying: Paying) -> None:
    order_id = await held_at_two(paying)
    earlier = await paying.begin(order_id)
    await move_one_person(paying, order_id)
    await paying.press(earlier, "pay")
    assert (await paying.order(order_id))["state"] == "held"
    refunds = await paying.refunds(order_id)
    assert {refund["cause"] for refund in refunds} == {"wrong_amount"}
    assert sorted(refund["amount_fen"] for refund in refunds) == [10000, 15000]
    await paying.press(await paying.begin(order_id), "pay")
    assert (await paying.order(order_id))["state"] == "confirmed"
