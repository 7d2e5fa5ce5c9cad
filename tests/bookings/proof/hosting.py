"""What venues, gates and the platform's own jobs do while visitors go on."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final, Literal
from uuid import uuid4

from services.bookings.jobs.ask_payments import ask_payments
from services.bookings.jobs.close_orders import close_orders
from services.bookings.jobs.end_waiting import end_waiting
from services.bookings.jobs.offer_places import offer_places
from services.bookings.jobs.replan_wishes import replan_wishes
from services.bookings.jobs.send_refunds import send_refunds
from tests.bookings.proof.model import BY_MONEY, Known, Model, Visitor
from tests.bookings.proof.village import SHOPS, Name
from tests.bookings.proof.visiting import Wanted, place
from tests.bookings.village import Json

Work = Literal["slot", "venue", "village", "publish", "withdraw", "types"]
TRIES: Final = 5
DUE_PAYMENTS: Final = "update bookings.payments set due_at = now() where state = 'started'"
DUE_REFUNDS: Final = """
update bookings.refunds set due_at = now() where state in ('requested', 'accepted')
"""
OPEN_REFUNDS: Final = "select number from bookings.refunds where state = 'accepted'"
# All of it is over since yesterday; what waits for a payment would not be sold any more.
LET_BE_OVER: Final = """
update bookings.order_lines
set
    day = current_date - 9,
    starts_at = now() - interval '9 days',
    ends_at = now() - interval '8 days'
where order_id = $1::text::uuid and not exists (
    select from bookings.order_lines as waiting
    where waiting.order_id = $1::text::uuid
        and waiting.held_until is not null and waiting.claim_state = 'held'
)
"""


async def scan(
    model: Model, order: Known, number: int, gate: str, direction: Literal["in", "out"]
) -> None:
    """Show a ticket at a gate that has a network."""
    ticket = await _ticket(model, order, number)
    for by in model.gates:
        body = {**ticket, "gate": gate, "direction": direction, "admit_on_another_day": True}
        await model.call(by, "POST", "/v1/check-ins", body)
    _somebody_may_come(order)


async def send_batch(model: Model, order: Known, scans: Sequence[tuple[int, str, int]]) -> None:
    """Tell of scans at gates without a network: ticket, gate, and how many minutes ago."""
    now = datetime.now(UTC)
    batch = [
        {
            **await _ticket(model, order, number),
            "scan_id": str(uuid4()),
            "scanned_at": (now - timedelta(minutes=minutes)).isoformat(),
            "gate": gate,
            "admit_on_another_day": True,
        }
        for number, gate, minutes in scans
    ]
    for by in model.gates:
        answer = await model.call(by, "POST", "/v1/check-ins", {"batch": batch})
        assert answer.status == 201, answer.json
    _somebody_may_come(order)


async def undo(model: Model, order: Known, number: int) -> None:
    """Take a check-in back."""
    ticket = await _ticket(model, order, number)
    for by in model.gates:
        path = f"/v1/check-ins/{ticket['line_id']}/{ticket['ordinal']}"
        await model.call(by, "DELETE", path)


async def take_cash(model: Model, order: Known, number: int, fen: int) -> None:
    """Take cash for a line at its venue."""
    lines = (await model.fresh(order))["lines"]
    body = {"line_id": lines[number % len(lines)]["line_id"], "amount_fen": fen}
    for by in model.gates:
        await model.call(by, "POST", f"/v1/orders/{order.order_id}/cash-receipts", body)


async def be_over(model: Model, order: Known) -> None:
    """Let the visit be over, and the job come by that closes orders."""
    await model.proof.owner.execute(LET_BE_OVER, order.order_id)
    await close_orders(model.proof.app)
    order.may = {"confirmed", "completed", "no_show"}


async def manage(model: Model, what: Work, name: Name, number: int) -> None:
    """Change what is on sale: how much there is, whether at all, which sorts of it."""
    match what:
        case "publish":
            await model.village.publish(name)
        case "withdraw":
            await model.village.withdraw(name)
        case "types":
            await model.village.tell_pitches_apart()
        case "village":
            await model.village.limit_village(number * 3)
        case "venue":
            await model.village.limit_venue(is_ours=number % 2 == 0, places=number * 2)
        case "slot":
            starts = SHOPS[name].starts
            await model.village.set_capacity(name, starts[number % len(starts)], number)


async def join(model: Model, who: int, wanted: Wanted, keep: int) -> None:
    """Wait for something; where there is room for the party, others come first and take it."""
    name, number, adults, _ = wanted
    visitor, village = model.visitor(who), model.village
    times = [village.time(name, number), village.time(name, number + 1)]
    body: Json = {
        "offering_id": str(village.offerings[name]),
        "tickets": {"adult": adults},
        "wishes": times[:1] if times[0] == times[1] or keep % 2 else times,
        "contact": {"name": "林山月"},
        "keep_waiting": keep > 1,
        **village.option(name, number),
    }
    for other in range(TRIES):
        answer = await model.call(visitor, "POST", "/v1/waitlist-entries", body)
        if answer.status == 201:
            model.entries.append((answer.json["entry_id"], visitor))
        if answer.status == 201 or answer.code != "places_left":
            return
        taken = number + answer.json["wish"]
        await place(model, who + 1 + other, [(name, taken, adults, 0)], "on_site", quoted=False)


async def answer_offer(model: Model, number: int, what: Literal["refusals", "withdrawals"]) -> None:
    """Refuse what was offered, or leave the waiting list."""
    if model.entries:
        entry_id, visitor = model.entries[number % len(model.entries)]
        await model.call(visitor, "POST", f"/v1/waitlist-entries/{entry_id}/{what}", {})
        _may_be_cancelled(model, visitor)


async def move_line_on(model: Model) -> None:
    """Offer what came free to those who wait, and what fits to all others."""
    await replan_wishes(model.proof.app)
    await offer_places(model.proof.app)
    await end_waiting(model.proof.app)


async def ask(model: Model) -> None:
    """Ask the cashier about all payments that are open."""
    await model.proof.owner.execute(DUE_PAYMENTS)
    await ask_payments(model.proof.app)
    for order in model.orders:
        if order.numbers:
            order.may = BY_MONEY.get(order.state, set())


async def refund(model: Model) -> None:
    """Send all refunds, and let the cashier do them."""
    await model.proof.owner.execute(DUE_REFUNDS)
    await send_refunds(model.proof.app)
    numbers = [row["number"] for row in await model.proof.owner.fetch(OPEN_REFUNDS)]
    model.proof.cashier.hurry()
    for number in numbers:
        await model.proof.cashier.settled(number)


def _somebody_may_come(order: Known) -> None:
    if order.state == "no_show":
        order.may = {"no_show", "completed"}


def _may_be_cancelled(model: Model, visitor: Visitor) -> None:
    for order in model.orders:
        if order.visitor is visitor and order.state == "held":
            order.may = {"held", "cancelled"}


async def _ticket(model: Model, order: Known, number: int) -> Json:
    lines = (await model.fresh(order))["lines"]
    line = lines[number % len(lines)]
    return {"line_id": line["line_id"], "ordinal": 1 + number % (line["units"] + 1)}
