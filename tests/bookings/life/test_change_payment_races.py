"""The payment of a change beside its end."""

import asyncio
from typing import Any

from services.bookings.jobs.lapse_changes import lapse_changes
from tests.bookings.life.stage import ADULT, Life, line_of
from tests.bookings.village import Json, camping, pottery

END_WAIT = "update order_lines set held_until = now() - interval '1 s' where held_until is not null"


async def waiting(life: Life, adults: int = 3) -> tuple[Json, str]:
    """Return an order that was paid, and the line that waits for the payment of its change."""
    order = await life.paid(pottery(adult=2), camping())
    answer = await life.change(order["order_id"], line_of(order), tickets={"adult": adults})
    assert answer.status == 201, answer.json
    return order, str(answer.json["line_id"])


async def lines(life: Life, order: Json) -> dict[str, Any]:
    """Return how each line of the order stands, by its id."""
    after = await life.order(order["order_id"])
    return {line["line_id"]: (line["state"], line["left_as"]) for line in after["lines"]}


async def test_a_payment_that_races_the_lapse_ends_changed_or_refunded(life: Life) -> None:
    for _ in range(5):
        order, new = await waiting(life)
        payment = await life.begun(order["order_id"], new)
        await life.bookings.execute(END_WAIT)
        await asyncio.gather(
            life.report(payment), *(lapse_changes(life.bookings.client.app) for _ in range(2))
        )
        await lapse_changes(life.bookings.client.app)
        standing, refunds = (await lines(life, order))[new], await life.refunds(order["order_id"])
        assert (standing, refunds) in (
            (("kept", None), []),
            (("released", "lapsed"), [(ADULT, "too_late")]),
        )
        await life.cancel(order["order_id"])


async def test_a_payment_that_races_a_cancellation_leaves_no_money_behind(life: Life) -> None:
    for _ in range(5):
        order, new = await waiting(life)
        payment = await life.begun(order["order_id"], new)
        await asyncio.gather(life.report(payment), life.cancel(order["order_id"]))
        after = await life.order(order["order_id"])
        assert (after["state"], after["refunded_fen"]) == ("cancelled", after["paid_fen"])
        assert await life.bookings.taken("slot") == 0
