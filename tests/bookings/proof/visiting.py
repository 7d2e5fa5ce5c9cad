"""What visitors do: book, pay, cancel, change, wait. Each step may be refused, and never fails."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from deploy.local.cashier.charges import wrong_parts
from services.bookings.jobs.expire_holds import expire_holds
from services.bookings.jobs.lapse_changes import lapse_changes
from tests.bookings.proof.model import BY_MONEY, Known, Model
from tests.bookings.proof.village import Name
from tests.bookings.village import Json

Wanted = tuple[Name, int, int, int]

END_HOLD: Final = """
update bookings.orders set hold_expires_at = now() - interval '1 second'
where order_id = $1::text::uuid and state = 'held'
"""
END_PAYMENTS: Final = """
update bookings.payments set expires_at = now() - interval '1 second'
where order_id = $1::text::uuid
"""
END_CHANGES: Final = """
update bookings.order_lines set held_until = now() - interval '1 second'
where order_id = $1::text::uuid and held_until is not null and claim_state = 'held'
"""


async def place(
    model: Model, who: int, wanted: Sequence[Wanted], method: str | None, *, quoted: bool
) -> None:
    """Place an order by its lines or by a quote, paid as they can be."""
    visitor = model.visitor(who)
    lines = [model.village.line(*one) for one in wanted]
    what: Json = {"lines": lines}
    if quoted:
        quote = await model.call(visitor, "POST", "/v1/quotes", {"lines": lines})
        if quote.status != 201:
            return
        what = {"quote_id": quote.json["quote_id"], "expected_total_fen": quote.json["total_fen"]}
    body = {**what, "contact": {"name": "陈小溪"}, "payment_method": method}
    answer = await model.call(visitor, "POST", "/v1/orders", body)
    if answer.status == 409 and answer.code == "payment_method_not_accepted":
        body["payment_method"] = "free" if answer.json["accepted"] == ["free"] else None
        answer = await model.call(visitor, "POST", "/v1/orders", body)
    if answer.status == 201:
        held = body["payment_method"] not in ("free", "on_site")
        assert answer.json["state"] == ("held" if held else "confirmed")
        model.add(answer.json, visitor)


async def pay_at_once(model: Model, order: Known, method: str) -> None:
    """Confirm an order that needs no payment in advance."""
    answer = await _pay(model, order, {"method": method})
    if answer["status"] == 201:
        order.may = {"confirmed"}
    elif order.state == "held":
        assert answer["code"] in ("payment_method_not_accepted", "hold_expired")


async def begin_to_pay(model: Model, order: Known, *, change: bool) -> None:
    """Begin to pay for an order, or for a change of it that waits."""
    line = {"line_id": order.waiting[-1]} if change and order.waiting else {}
    answer = await _pay(model, order, {"method": "sandbox", **line})
    if answer["status"] == 201 and answer["payment"] and answer["payment"]["pay_url"]:
        order.numbers.append(answer["payment"]["pay_url"].rsplit("/", 1)[1])


async def let_money_come(model: Model, order: Known, number: int, how: str) -> None:
    """Let a payment be made at the cashier: whole, wrong, twice, late, or without a word."""
    if not order.numbers:
        return
    paid, cashier = order.numbers[number % len(order.numbers)], model.proof.cashier
    store = cashier.store
    charge = store.charge(paid)
    assert charge is not None
    match how:
        case "pay":
            store.pay(paid)
        case "twice":
            store.pay(paid, reports=2)
        case "wrong":
            store.pay(paid, wrong_parts(charge.asked.parts))
        case "decline":
            store.decline(paid)
        case "late":
            store.pay_late(paid)
        case "silent":
            store.pay(paid, reports=0)
    cashier.hurry()
    await cashier.settled(paid)
    order.may = BY_MONEY.get(order.state, set())


async def let_hold_end(model: Model, order: Known) -> None:
    """End the time of an order and of its payments."""
    for statement in (END_HOLD, END_PAYMENTS):
        await model.proof.owner.execute(statement, order.order_id)
    await expire_holds(model.proof.app)
    # Whoever had paid without our knowing has paid.
    order.may = {"expired", "confirmed"} if order.numbers else {"expired"}


async def cancel(model: Model, order: Known, lines: Sequence[int]) -> None:
    """Cancel lines of an order, or all; what comes back is what the preview said."""
    before = await model.fresh(order)
    chosen = [before["lines"][one % len(before["lines"])]["line_id"] for one in lines]
    path = f"/v1/orders/{order.order_id}/cancellation-preview"
    query = "&".join(f"line_id={line_id}" for line_id in dict.fromkeys(chosen))
    preview = await model.call(order.visitor, "GET", f"{path}?{query}" if query else path)
    body = {"line_ids": list(dict.fromkeys(chosen))} if chosen else {}
    path = f"/v1/orders/{order.order_id}/cancellations"
    answer = await model.call(order.visitor, "POST", path, body)
    assert (answer.status == 201) == (preview.status == 200), (answer.json, preview.json)
    if answer.status != 201:
        assert answer.code == preview.code
        return
    assert answer.json["refunded_fen"] - before["refunded_fen"] == preview.json["refund_fen"]
    order.may = {"cancelled"} if preview.json["whole"] else {order.state}


async def cancel_as_operator(model: Model, order: Known, number: int) -> None:
    """Cancel a line at the venue; all that was paid for it comes back."""
    before = await model.fresh(order)
    line = before["lines"][number % len(before["lines"])]
    for gate in model.gates:
        path = f"/v1/lines/{line['line_id']}/operator-cancellations"
        answer = await model.call(gate, "POST", path, {"reason": "下雨"})
        if answer.status != 404:
            order.may = {order.state, "cancelled"}
            if answer.status == 201 and before["paid_fen"] and line["state"] == "kept":
                assert answer.json["refund_fen"] == line["price_fen"]


async def change(model: Model, order: Known, number: int, what: Mapping[str, Any]) -> None:
    """Change the time or the party of a line; what it costs is what the preview said."""
    lines = (await model.fresh(order))["lines"]
    line = lines[number % len(lines)]
    if "more" in what:
        what = {"adults": line["tickets"].get("adult", 0) + what["more"]}
    by_offering = {str(offering): name for name, offering in model.village.offerings.items()}
    body = {"line_id": line["line_id"], **_fields(model, by_offering[line["offering_id"]], what)}
    path = f"/v1/orders/{order.order_id}"
    preview = await model.call(order.visitor, "POST", f"{path}/change-previews", body)
    answer = await model.call(order.visitor, "POST", f"{path}/changes", body)
    assert (answer.status == 201) == (preview.status in (200, 201)), (answer.json, preview.json)
    if answer.status == 201:
        for name in ("due_fen", "refund_fen", "fee_fen", "difference_fen"):
            assert answer.json[name] == preview.json[name]
        if answer.json["pay_until"]:
            order.waiting.append(answer.json["line_id"])


async def let_change_lapse(model: Model, order: Known) -> None:
    """End the time of the changes of an order that wait for their payment."""
    await model.proof.owner.execute(END_CHANGES, order.order_id)
    await lapse_changes(model.proof.app)


def _fields(model: Model, name: Name, what: Mapping[str, Any]) -> Json:
    fields: Json = {}
    if "time" in what:
        fields |= {**model.village.time(name, what["time"])}
    if "adults" in what:
        fields["tickets"] = {"adult": what["adults"]}
    return fields


async def _pay(model: Model, order: Known, body: Json) -> Json:
    path = f"/v1/orders/{order.order_id}/payments"
    answer = await model.call(order.visitor, "POST", path, body)
    return {**answer.json, "status": answer.status}
