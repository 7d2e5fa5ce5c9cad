"""One line of a paid order is cancelled: what was shown is done, sent back, and entered."""

from dataclasses import replace

from deploy.local.demo.api import Json
from deploy.local.demo.choosing import PERSONS
from deploy.local.demo.steps import PaidPlan, Stage, moved, of, see_letters
from deploy.local.demo.story import StepFailedError, eventually, expect
from shared.core.clock import SystemClock, today
from shared.core.money import Money

PAGE = 100


async def leave_out(stage: Stage, plan: PaidPlan) -> PaidPlan:
    """Cancel a line that gives something back, and follow its money; return what is left."""
    api, visitor, order = stage.api, plan.visitor, plan.order
    stage.story.chapter("One line is cancelled, to the fen  取消一项，分文不差")
    number, shown = await show_refunds(stage, plan)
    line, refund_fen, fee_fen = order["lines"][number], shown["refund_fen"], shown["fee_fen"]
    body = {"line_ids": [line["line_id"]], "expected_refund_fen": refund_fen}
    now = await api.call("bookings", "POST", f"{of(order)}/cancellations", body, by=visitor)
    left = order["total_fen"] - line["price_fen"]
    expect("the order's state", now["state"], "confirmed")
    expect(
        "what goes back, and is left", (now["refunded_fen"], now["total_fen"]), (refund_fen, left)
    )
    code = order["code"]
    letter = await see_letters(stage, visitor, code, ["预订成功", "已取消其中一项"])
    expect(
        "the refund in the mail", f"{Money(refund_fen)} 将原路退回" in letter["text"], wanted=True
    )

    await money_back(stage, plan, line, refund_fen)
    await entered(stage, plan, number, (line["price_fen"], fee_fen, refund_fen))
    await see_letters(stage, visitor, code, ["预订成功", "已取消其中一项", "已退款"])
    await moved(stage, plan.figures[number], booked=-PERSONS)
    kept = [place for place in range(len(plan.stops)) if place != number]
    return replace(
        plan,
        order={**now, "lines": [one for one in now["lines"] if one["left_as"] is None]},
        stops=[plan.stops[place] for place in kept],
        figures=[plan.figures[place] for place in kept],
    )


async def show_refunds(stage: Stage, plan: PaidPlan) -> tuple[int, Json]:
    """Have shown what each line would give back; return the best one's number and preview."""
    path = f"{of(plan.order)}/cancellation-preview"
    previews = [
        await stage.api.call(
            "bookings", "GET", path, by=plan.visitor, params={"line_id": line["line_id"]}
        )
        for line in plan.order["lines"]
    ]
    # Best one of which the operator keeps a part, so that both amounts have to be right.
    number = max(range(len(previews)), key=lambda place: _interest(previews[place]))
    best: Json = previews[number]
    line, percent = plan.order["lines"][number], best["lines"][0]["percent"]
    if not best["refund_fen"]:
        raise StepFailedError("nothing of a paid order comes back, days before")
    expect("refund and fee", best["refund_fen"] + best["fee_fen"], line["price_fen"])
    price, refund = Money(line["price_fen"]), Money(best["refund_fen"])
    stage.story.tell(
        f"{line['name']['zh']} cost {price}: {refund} would come back now, {percent} %"
    )
    return number, best


def _interest(preview: Json) -> tuple[int, int]:
    return min(preview["refund_fen"], preview["fee_fen"]), preview["refund_fen"]


async def money_back(stage: Stage, plan: PaidPlan, line: Json, refund_fen: int) -> None:
    """See the cashier send the money back, once, and the payment say so."""

    async def look() -> Json | None:
        path = f"{of(plan.order)}/payments"
        answer = await stage.api.call("bookings", "GET", path, by=plan.visitor)
        [payment] = answer["items"]
        done = [one for one in payment["refunds"] if one["state"] == "done"]
        return payment if done else None

    payment = await eventually("the refund at the cashier", look)
    found = [(one["line_id"], one["cause"], one["amount_fen"]) for one in payment["refunds"]]
    expect("the refunds", found, [(line["line_id"], "visitor", refund_fen)])
    expect("what the payment gave back", payment["refunded_fen"], refund_fen)
    stage.story.tell(f"the cashier has sent {Money(refund_fen)} back")


async def entered(stage: Stage, plan: PaidPlan, number: int, amounts: tuple[int, int, int]) -> None:
    """Find the same amounts in the operator's statement."""
    money = await _statement(stage, plan.stops[number].offering, plan.order["order_id"])
    price_fen, fee_fen, refund_fen = amounts
    wanted = {
        "sold_fen": price_fen,
        "paid_fen": price_fen,
        "reversed_fen": price_fen,
        "fees_fen": fee_fen,
        "refunds_requested_fen": refund_fen,
        "refunds_done_fen": refund_fen,
        "open_fen": 0,
    }
    expect("the operator's statement", {name: money[name] for name in wanted}, wanted)
    stage.story.tell(f"the operator's statement: {Money(fee_fen)} kept, nothing open")


async def _statement(stage: Stage, offering: Json, order_id: str) -> Json:
    """Return an order's share in its operator's statement of this month."""
    operator = await stage.operator_of(offering)
    path = f"/v1/organisations/{offering['organisation_id']}/statement/orders"
    params: Json = {"month": f"{today(SystemClock()):%Y-%m}", "limit": PAGE}
    while True:
        page = await stage.api.call("bookings", "GET", path, by=operator, params=params)
        for money in page["items"]:
            if money["order_id"] == order_id:
                found: Json = money
                return found
        if page["next"] is None:
            raise StepFailedError("the operator's statement does not know the order")
        params["cursor"] = page["next"]
