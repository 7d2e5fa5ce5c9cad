"""What is shown before a cancellation is what the cancellation does."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.contracts.terms import OfferingTerms, RefundTerms
from tests.bookings.domain.test_cancellation import tiers
from tests.bookings.life.stage import ADULT, HALF, Life, line_of
from tests.bookings.village import POTTERY, camping, pottery

# The same examples in every run; each is a whole order over HTTP.
EXAMPLES = settings(
    derandomize=True,
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
SET_DAY_TYPE = "update order_lines set day_type = $2 where line_id = $1"


@EXAMPLES
@given(
    ordinary=tiers(),
    holiday=tiers(),
    non_refundable=st.booleans(),
    price_fen=st.integers(1, 10**7),
    adults=st.integers(1, 5),
    hours=st.one_of(st.integers(1, 410), st.floats(0.01, 400)),
    day_type=st.sampled_from(["workday", "holiday"]),
)
async def test_a_preview_is_what_is_done(
    life: Life,
    *,
    ordinary: Any,
    holiday: Any,
    non_refundable: bool,
    price_fen: int,
    adults: int,
    hours: float,
    day_type: str,
) -> None:
    refunds = RefundTerms(ordinary=ordinary, holiday=holiday, non_refundable=non_refundable)
    await life.bookings.publish_offering(
        POTTERY, "session", {"adult": price_fen}, OfferingTerms(refunds=refunds)
    )
    order = await life.paid(pottery(adult=adults), camping(), accepts_no_refund=True)
    order_id, line_id = order["order_id"], line_of(order)
    await life.starts_in(line_id, hours=hours)
    await life.bookings.execute(SET_DAY_TYPE, UUID(line_id), day_type)

    shown = (await life.preview(order_id, line_id)).json
    done = await life.cancel(order_id, line_id, expected_refund_fen=shown["refund_fen"])
    assert done.status == 201, done.json
    [line], [noted] = (
        shown["lines"],
        (await life.call("GET", order_id, "/cancellations")).json["items"],
    )
    for name in ("line_id", "percent", "refund_fen", "fee_fen"):
        assert line[name] == noted[name]
    assert line["refund_fen"] + line["fee_fen"] == price_fen * adults
    assert done.json["refunded_fen"] == shown["refund_fen"]
    balances = await life.balances(order_id)
    assert -balances.get("refunds_owed", 0) == shown["refund_fen"]
    assert -balances.get("cancellation_fees", 0) == shown["fee_fen"]
    # The places are for the next example.
    assert (await life.cancel(order_id)).status == 201


async def test_a_preview_says_until_when_it_holds_and_what_comes_then(life: Life) -> None:
    await life.terms(HALF)
    order = await life.paid(pottery(), camping())
    await life.starts_in(line_of(order), hours=50)
    shown = (await life.preview(order["order_id"], line_of(order))).json
    [line] = shown["lines"]
    begins = datetime.fromisoformat(shown["previewed_at"]) + timedelta(hours=50)
    assert (line["percent"], line["refund_fen"], line["fee_fen"]) == (100, 2 * ADULT, 0)
    until = datetime.fromisoformat(line["holds_until"])
    assert abs(until - (begins - timedelta(hours=48))) < timedelta(seconds=30)
    assert line["later"] == {"percent": 50, "refund_fen": ADULT, "fee_fen": ADULT}
    assert (shown["whole"], shown["holds_until"]) == (False, line["holds_until"])


async def test_without_lines_it_is_about_all_that_stand(life: Life) -> None:
    order = await life.paid(pottery(), camping())
    await life.cancel(order["order_id"], line_of(order))
    shown = (await life.preview(order["order_id"])).json
    assert ([line["line_id"] for line in shown["lines"]], shown["whole"]) == (
        [line_of(order, 1)],
        True,
    )


async def test_where_nothing_was_paid_in_advance_nothing_comes_back(life: Life) -> None:
    order = await life.ordered()
    [line] = (await life.preview(order["order_id"])).json["lines"]
    assert (line["percent"], line["refund_fen"], line["fee_fen"], line["later"]) == (
        None,
        0,
        0,
        None,
    )
    assert line["holds_until"] == order["lines"][0]["starts_at"]


async def test_a_preview_refuses_what_cancelling_refuses_and_changes_nothing(life: Life) -> None:
    order = await life.paid()
    before = await life.order(order["order_id"])
    assert (await life.preview(order["order_id"])).status == 200
    assert await life.order(order["order_id"]) == before
    await life.starts_in(line_of(order), minutes=-1)
    refused = await life.preview(order["order_id"])
    assert (refused.status, refused.code) == (409, "order_not_cancellable")


async def test_an_order_that_is_gone_has_nothing_to_show(life: Life) -> None:
    order = await life.ordered()
    await life.cancel(order["order_id"])
    shown = (await life.preview(order["order_id"])).json
    assert (shown["lines"], shown["refund_fen"], shown["holds_until"]) == ([], 0, None)
