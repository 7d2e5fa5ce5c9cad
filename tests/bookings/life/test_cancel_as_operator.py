"""What an operator calls off costs its visitors nothing."""

import asyncio
from typing import Any
from uuid import uuid4

from shared.contracts.terms import RefundTerms
from tests.bookings.life.stage import ADULT, Life, line_of, without_own
from tests.bookings.village import camping, pottery
from tests.bookings.world import Bookings

NON_REFUNDABLE = RefundTerms(non_refundable=True)


class TestByTheOperator:
    async def cancel(self, life: Life, line_id: str, token: str | None = None) -> Any:
        return await life.bookings.call(
            "POST",
            f"/v1/lines/{line_id}/operator-cancellations",
            {"reason": "窑炉检修"},
            token=token or life.bookings.operator,
        )

    async def test_everything_comes_back_whatever_the_rules_say(self, life: Life) -> None:
        await life.terms(NON_REFUNDABLE)
        order = await life.paid(pottery(), camping(), accepts_no_refund=True)
        answer = await self.cancel(life, line_of(order))
        assert (answer.status, answer.json["refund_fen"]) == (201, 2 * ADULT)
        assert await life.refunds(order["order_id"]) == [(2 * ADULT, "operator")]
        told = (await life.events(order["order_id"]))[-1]
        assert (told["type"], told["cancelled_by"]) == ("order.line_cancelled.v1", "operator")
        [item] = (await life.call("GET", order["order_id"], "/cancellations")).json["items"]
        assert (item["cause"], item["reason"], item["percent"]) == ("operator", "窑炉检修", 100)

    async def test_the_last_line_ends_the_order(self, life: Life) -> None:
        order = await life.ordered()
        answers = await asyncio.gather(*(self.cancel(life, line_of(order)) for _ in range(4)))
        assert {answer.status for answer in answers} == {201}
        assert len({str(answer.json) for answer in answers}) == 1
        assert (await life.order(order["order_id"]))["state"] == "cancelled"
        told = (await life.events(order["order_id"]))[-1]
        assert (told["type"], told["cancelled_by"]) == ("order.cancelled.v1", "operator")

    async def test_what_began_can_not_be_called_off(self, life: Life) -> None:
        order = await life.ordered()
        await life.starts_in(line_of(order), minutes=-1)
        answer = await self.cancel(life, line_of(order))
        assert (answer.status, answer.code) == (409, "order_not_cancellable")

    async def test_a_line_at_another_ones_venue_is_not_found(self, life: Life) -> None:
        order = await life.ordered()
        stranger = life.bookings.tokens.person(organisations=[uuid4()])
        theirs = await self.cancel(life, line_of(order), stranger)
        missing = await self.cancel(life, str(uuid4()), stranger)
        assert theirs.status == 404
        assert without_own(theirs) == without_own(missing)

    async def test_visitors_are_no_operators(self, life: Life, bookings: Bookings) -> None:
        order = await life.ordered()
        answer = await self.cancel(life, line_of(order), bookings.visitor)
        assert (answer.status, answer.code) == (403, "not_allowed")

    async def test_a_reason_is_needed(self, life: Life) -> None:
        order = await life.ordered()
        answer = await life.bookings.call(
            "POST",
            f"/v1/lines/{line_of(order)}/operator-cancellations",
            {},
            token=life.bookings.operator,
        )
        assert answer.status == 422
