"""What is shown before a change is what the change does."""

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.contracts.terms import OfferingTerms, RefundTerms
from tests.bookings.domain.test_cancellation import tiers
from tests.bookings.life.stage import ADULT, Life, hour, line_of
from tests.bookings.village import POTTERY, pottery


@settings(
    derandomize=True,
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    ordinary=tiers(),
    adult=st.integers(1, 10**6),
    child=st.integers(0, 10**6),
    later_adult=st.integers(1, 10**6),
    adults=st.integers(1, 4),
    children=st.integers(1, 4),
    hours=st.integers(1, 410),
)
async def test_a_preview_of_a_change_is_what_is_done(
    life: Life,
    *,
    ordinary: Any,
    adult: int,
    child: int,
    later_adult: int,
    adults: int,
    children: int,
    hours: int,
) -> None:
    terms = OfferingTerms(refunds=RefundTerms(ordinary=ordinary))
    prices = {"adult": adult, "child": child}
    await life.bookings.publish_offering(POTTERY, "session", prices, terms)  # type: ignore[arg-type]
    order = await life.paid(pottery(adult=2, child=1))
    order_id, line_id = order["order_id"], line_of(order)
    await life.starts_in(line_id, hours=hours)
    await life.bookings.publish_offering(
        POTTERY, "session", {"adult": later_adult, "child": child}, terms
    )
    change = {"tickets": {"adult": adults, "child": children}, "starts_at": hour(14)}
    shown = (await life.preview_change(order_id, line_id, **change)).json
    done = await life.change(
        order_id, line_id, **change, expected_difference_fen=shown["difference_fen"]
    )
    assert done.status == 201, done.json
    costs = ("earlier_price_fen", "price_fen", "difference_fen", "due_fen", "refund_fen", "fee_fen")
    assert {name: done.json[name] for name in costs} == {name: shown[name] for name in costs}
    assert shown["difference_fen"] == shown["due_fen"] - shown["refund_fen"]
    assert done.json["order"]["refunded_fen"] == shown["refund_fen"]
    new = done.json["line_id"]
    if shown["due_fen"]:
        await life.report(await life.begun(order_id, new))
    [line] = [one for one in (await life.order(order_id))["lines"] if one["line_id"] == new]
    assert (line["price_fen"], line["state"]) == (shown["price_fen"], "kept")
    assert {name: line[name] for name in shown["line"]} == shown["line"]
    fees = -(await life.balances(order_id)).get("cancellation_fees", 0)
    assert fees == shown["fee_fen"]
    # The places are for the next example.
    assert (await life.cancel(order_id)).status == 201


async def test_a_preview_refuses_what_a_change_refuses_and_changes_nothing(life: Life) -> None:
    order = await life.paid(pottery(adult=4))
    before = await life.order(order["order_id"])
    shown = await life.preview_change(order["order_id"], line_of(order), tickets={"adult": 5})
    assert (shown.status, shown.json["due_fen"]) == (200, ADULT)
    assert await life.order(order["order_id"]) == before
    for fields, code in (
        ({"tickets": {"adult": 11}}, "pool_exhausted"),
        ({"tickets": {"child": 2}}, "adult_needed"),
        ({}, "nothing_to_change"),
    ):
        answer = await life.preview_change(order["order_id"], line_of(order), **fields)
        assert answer.code == code
    await life.starts_in(line_of(order), minutes=-1)
    answer = await life.preview_change(order["order_id"], line_of(order), tickets={"adult": 5})
    assert answer.code == "line_not_changeable"
