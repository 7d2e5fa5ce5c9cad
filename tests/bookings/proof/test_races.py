"""Two who want what only one can have, at the same moment: one of the legal ends, and all adds up.

Each race is run many times over real connections, and every promise is looked at after each.
"""

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable
from datetime import timedelta
from typing import Any, Final
from uuid import uuid4

from services.bookings.jobs.expire_holds import expire_holds
from services.bookings.jobs.offer_places import offer_places
from services.bookings.jobs.send_refunds import send_refunds
from shared.contracts.terms import OfferingTerms, RefundTerms, RefundTier
from tests.bookings.payments.stage import DUE, END_HOLDS, REFUNDS_DUE
from tests.bookings.proof.stage import Proof, line_of
from tests.bookings.village import NEXT_WEEK, POTTERY, Json, at
from tests.bookings.world import Answer

ROUNDS: Final = 8
ADULT: Final = 12800
HALF: Final = OfferingTerms(refunds=RefundTerms(ordinary=(RefundTier(hours_before=1, percent=50),)))


async def soon(step: Awaitable[Any]) -> Any:
    """Take a step after some milliseconds, so that each round is another one."""
    await asyncio.sleep(random.random() / 100)
    return await step


async def at_once(*steps: Awaitable[Any]) -> list[Any]:
    return list(await asyncio.gather(*(soon(step) for step in steps)))


async def new_slot(proof: Proof, number: int, seats: int, hour: int = 14) -> Json:
    """Open a class of its own for a round, and return a line for two adults in it."""
    start = at(NEXT_WEEK + timedelta(days=1 + number), hour)
    await proof.bookings.publish_slot(POTTERY, start, seats)
    return {
        "offering_id": str(POTTERY),
        "starts_at": start.isoformat(),
        "tickets": {"adult": 2},
    }


def single(line: Json) -> Json:
    return {**line, "tickets": {"adult": 1}}


async def buy(proof: Proof, line: Json) -> Answer:
    token = proof.bookings.tokens.person()
    return await proof.bookings.order(line, token=token, payment_method="on_site")


async def taken(proof: Proof, line: Json) -> int:
    places: int = await proof.bookings.fetch(
        "select taken from pools join slots on slots.slot_id = pools.subject_id"
        " where slots.starts_at = $1::text::timestamptz",
        line["starts_at"],
    )
    return places


async def test_a_hold_that_ends_its_payment_and_somebody_who_wants_its_places(
    proof: Proof,
) -> None:
    """Paid and kept, or given up and refunded whole; the places are one's or the other's."""
    ends = Counter[tuple[str, int]]()
    for number in range(ROUNDS):
        line = await new_slot(proof, number, 2)
        order_id = await proof.hold(line)
        pay_url = await proof.begin(order_id)
        await proof.bookings.execute(END_HOLDS)
        # In some rounds nobody reports the payment, and it is asked for.
        how = proof.press(pay_url, "pay") if number % 2 else pay_in_silence(proof, pay_url)
        _, _, bought = await at_once(how, expire_holds(proof.app), buy(proof, line))
        await proof.bookings.execute(DUE)
        await proof.ask()
        order = await proof.order(order_id)
        ends[order["state"], bought.status] += 1
        if order["state"] == "confirmed":
            assert (order["paid_fen"], order["refunded_fen"]) == (2 * ADULT, 0)
            assert bought.status == 409
        else:
            assert order["state"] == "expired"
            assert order["paid_fen"] == order["refunded_fen"]
        assert await taken(proof, line) in {0, 2}
        assert await proof.broken() == {}
    assert ends.keys() <= {("confirmed", 409), ("expired", 201), ("expired", 409)}


async def pay_in_silence(proof: Proof, pay_url: str) -> None:
    proof.cashier.store.pay(pay_url.rsplit("/", 1)[1], reports=0)


async def test_a_visitor_who_cancels_an_operator_who_cancels_and_a_gate(proof: Proof) -> None:
    """Somebody comes and nothing is cancelled; or it is, once, by one of the two."""
    await proof.bookings.publish_offering(POTTERY, "session", {"adult": ADULT}, HALF)
    for number in range(ROUNDS):
        line = await new_slot(proof, number, 2)
        order_id = await proof.paid(line)
        line_id = line_of(await proof.order(order_id))
        visitor, operator, gate = await at_once(
            proof.cancel(order_id, line_id),
            proof.bookings.call(
                "POST",
                f"/v1/lines/{line_id}/operator-cancellations",
                {"reason": "下雨"},
                token=proof.bookings.operator,
            ),
            proof.check_in(line_id),
        )
        order = await proof.order(order_id)
        if gate.status == 201:
            assert {visitor.code, operator.code} == {"order_not_cancellable"}
            assert (order["state"], order["refunded_fen"]) == ("confirmed", 0)
        else:
            assert (gate.code, visitor.status, operator.status) == ("ticket_cancelled", 201, 201)
            # Half for the visitor's own change of mind, all for the operator's; never both.
            assert order["refunded_fen"] in {ADULT, 2 * ADULT}
            assert order["refunded_fen"] == operator.json["refund_fen"]
            assert order["state"] == "cancelled"
        assert await proof.broken() == {}


async def test_a_change_and_the_public_that_wants_the_same_places(proof: Proof) -> None:
    """The change gets both places and leaves its own, or none and keeps its own."""
    for number in range(ROUNDS):
        earlier = await new_slot(proof, number, 2)
        later = await new_slot(proof, number, 2, hour=17)
        placed = await proof.bookings.order(earlier, payment_method="on_site")
        order_id, line_id = str(placed.json["order_id"]), line_of(placed.json)
        changed, *bought = await at_once(
            proof.change(order_id, line_id, starts_at=later["starts_at"]),
            *(buy(proof, single(later)) for _ in range(3)),
        )
        sold = [answer.status for answer in bought].count(201)
        if changed.status == 201:
            assert sold == 0
            assert (await taken(proof, earlier), await taken(proof, later)) == (0, 2)
        else:
            assert changed.code == "pool_exhausted"
            assert (await taken(proof, earlier), await taken(proof, later)) == (2, sold)
            assert sold >= 1
        assert await proof.broken() == {}


async def test_two_changes_that_swap_their_places(proof: Proof) -> None:
    """Each wants what the other has, in what is full: nobody waits in a circle, nothing is lost."""
    for number in range(ROUNDS):
        lines = [await new_slot(proof, number, 2), await new_slot(proof, number, 2, hour=17)]
        orders = [
            (await proof.bookings.order(line, payment_method="on_site")).json for line in lines
        ]
        answers = await at_once(
            *(
                proof.change(order["order_id"], line_of(order), starts_at=other["starts_at"])
                for order, other in zip(orders, reversed(lines), strict=True)
            )
        )
        assert {answer.status for answer in answers} == {409}
        assert {answer.code for answer in answers} == {"pool_exhausted"}
        assert [await taken(proof, line) for line in lines] == [2, 2]
        assert await proof.broken() == {}


async def test_two_gates_an_earlier_scan_and_somebody_who_takes_it_back(proof: Proof) -> None:
    """At most one scan lets somebody in at any moment, whichever gate is told of first."""
    for number in range(ROUNDS):
        line = await new_slot(proof, number, 1)
        order = await buy(proof, single(line))
        ticket: Json = {"line_id": line_of(order.json), "ordinal": 1}
        earlier = {
            **ticket,
            "scan_id": str(uuid4()),
            "scanned_at": (at(NEXT_WEEK, 0) - timedelta(days=14)).isoformat(),
            "gate": "offline",
            "admit_on_another_day": True,
        }
        path = f"/v1/check-ins/{ticket['line_id']}/1"
        operator = proof.bookings.operator
        north, south, batch, undone = await at_once(
            proof.check_in(ticket["line_id"], gate="north"),
            proof.check_in(ticket["line_id"], gate="south"),
            proof.bookings.call("POST", "/v1/check-ins", {"batch": [earlier]}, token=operator),
            proof.bookings.call("DELETE", path, token=operator),
        )
        let_in = [answer.status for answer in (north, south)].count(201)
        assert let_in <= (2 if undone.status == 204 else 1)
        assert batch.json["items"][0]["outcome"] in {"admitted", "conflict"}
        rows = await proof.bookings.fetch_rows(
            "select outcome from scans where line_id = $1::text::uuid", ticket["line_id"]
        )
        assert Counter(row["outcome"] for row in rows)["admitted"] <= 1
        assert await proof.broken() == {}


async def test_refunds_that_are_asked_for_and_sent_at_once(proof: Proof) -> None:
    """Each line comes back once, whoever asks how often, and whoever sends it."""
    await proof.publish_other_venue()
    await proof.bookings.publish_offering(POTTERY, "session", {"adult": ADULT}, HALF)
    for number in range(ROUNDS):
        lines = [await new_slot(proof, number, 2, hour) for hour in (13, 14, 15)]
        order_id = await proof.paid(*lines)
        line_ids = [line["line_id"] for line in (await proof.order(order_id))["lines"]]
        answers = await at_once(
            *(proof.cancel(order_id, line_id) for line_id in line_ids),
            proof.cancel(order_id),
            proof.cancel(order_id, *line_ids[:2]),
        )
        assert {answer.status for answer in answers} == {201}
        await proof.bookings.execute(REFUNDS_DUE)
        await at_once(*(send_refunds(proof.app) for _ in range(3)))
        refunds = await proof.refunds(order_id)
        assert [one["amount_fen"] for one in refunds] == [ADULT] * 3
        order = await proof.order(order_id)
        assert (order["state"], order["refunded_fen"]) == ("cancelled", 3 * ADULT)
        assert await proof.broken() == {}


async def test_places_that_come_back_while_somebody_waits_and_the_public_looks(
    proof: Proof,
) -> None:
    """Whoever waited is offered them, and nobody of the public was quicker."""
    for number in range(ROUNDS):
        line = await new_slot(proof, number, 2)
        sold = await buy(proof, line)
        assert sold.status == 201
        waiter = proof.bookings.tokens.person()
        joined = await proof.bookings.call(
            "POST", "/v1/waitlist-entries", wish(line), token=waiter, key=uuid4().hex
        )
        assert joined.status == 201, joined.json
        owner = await proof.bookings.fetch(
            "select account_id from orders where order_id = $1::text::uuid", sold.json["order_id"]
        )
        _, *bought = await at_once(
            proof.cancel(sold.json["order_id"], token=proof.bookings.tokens.person(owner)),
            *(buy(proof, single(line)) for _ in range(3)),
            *(offer_places(proof.app) for _ in range(2)),
        )
        await offer_places(proof.app)
        assert [answer.code for answer in bought[:3]] == ["pool_exhausted"] * 3
        entry = await proof.bookings.call(
            "GET", f"/v1/waitlist-entries/{joined.json['entry_id']}", token=waiter
        )
        assert (entry.json["state"], await taken(proof, line)) == ("offered", 2)
        assert await proof.broken() == {}


async def test_an_offer_that_is_paid_refused_and_runs_out_at_once(proof: Proof) -> None:
    """It is taken, or it is not; the places are sold, or they are there for others."""
    ends = Counter[str]()
    for number in range(ROUNDS):
        line = await new_slot(proof, number, 2)
        sold = await buy(proof, line)
        waiter = proof.bookings.tokens.person()
        joined = await proof.bookings.call(
            "POST", "/v1/waitlist-entries", wish(line), token=waiter, key=uuid4().hex
        )
        await give_back(proof, sold)
        await offer_places(proof.app)
        path = f"/v1/waitlist-entries/{joined.json['entry_id']}"
        order_id = (await proof.bookings.call("GET", path, token=waiter)).json["offer"]["order_id"]
        if number % 2:
            await proof.bookings.execute(END_HOLDS)
        paid, refused, *_ = await at_once(
            proof.pay(order_id, "on_site", token=waiter),
            proof.bookings.call("POST", f"{path}/refusals", {}, token=waiter),
            expire_holds(proof.app),
            offer_places(proof.app),
        )
        await offer_places(proof.app)
        entry = (await proof.bookings.call("GET", path, token=waiter)).json
        ends[entry["state"]] += 1
        assert (paid.status == 201) == (entry["state"] == "taken")
        assert (refused.status == 201) == (entry["state"] == "refused")
        assert await taken(proof, line) == (2 if entry["state"] == "taken" else 0)
        assert await proof.broken() == {}
    assert ends.keys() <= {"taken", "refused", "lapsed"}


def wish(line: Json) -> Json:
    return {
        "offering_id": line["offering_id"],
        "tickets": line["tickets"],
        "wishes": [{"starts_at": line["starts_at"]}],
        "contact": {"name": "林山月"},
    }


async def give_back(proof: Proof, sold: Answer) -> None:
    owner = await proof.bookings.fetch(
        "select account_id from orders where order_id = $1::text::uuid", sold.json["order_id"]
    )
    token = proof.bookings.tokens.person(owner)
    assert (await proof.cancel(sold.json["order_id"], token=token)).status == 201
