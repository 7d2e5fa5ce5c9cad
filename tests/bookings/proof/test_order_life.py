"""The whole life of orders, step by step at random: after each step every promise is kept.

The real service over HTTP, the real database, the real cashier. Each example has a village of its
own. With `ORDER_LIVES=200` in the environment other examples are taken each time, and more.
"""

import asyncio
import os
from collections.abc import Coroutine
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, Verbosity, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)

from tests.bookings.proof import hosting, visiting
from tests.bookings.proof.model import Known, Model
from tests.bookings.proof.stage import Proof
from tests.bookings.proof.village import NAMES

LIVES: Final = int(os.environ.get("ORDER_LIVES", "0"))
STEP_SECONDS: Final = 60.0
SETTINGS: Final = settings(
    max_examples=LIVES or 20,
    stateful_step_count=30,
    derandomize=LIVES == 0,
    database=None,
    deadline=None,
    print_blob=True,
    verbosity=Verbosity.normal,
    suppress_health_check=list(HealthCheck),
)
some = st.integers(0, 11)
name = st.sampled_from(NAMES)
adults = st.integers(1, 4)
wanted = st.tuples(name, some, adults, st.integers(0, 1))
cart = st.lists(wanted, min_size=1, max_size=3)
# What becomes of a change that waits for its payment.
fate = st.sampled_from(("begin", "begin", "pay", "late", "wrong", "lapse"))
changes = st.sampled_from(("time", "adults")).flatmap(
    lambda what: st.fixed_dictionaries({what: st.integers(1, 4)})
)
gate = st.sampled_from(("north", "south"))
# What is off sale comes back more often than it goes.
WORK: Final = ("slot",) * 4 + ("venue", "village", "types", "withdraw") + ("publish",) * 3


class OrderLife(RuleBasedStateMachine):
    """Rules that visitors, venues, gates, the cashier and jobs follow in any order."""

    def __init__(self, proof: Proof, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__()
        self.loop = loop
        self.model = Model(proof)

    def do(self, step: Coroutine[Any, Any, None]) -> None:
        """Take a step on the loop of the service, and look at everything after it."""

        async def and_look() -> None:
            await step
            await self.model.look()

        asyncio.run_coroutine_threadsafe(and_look(), self.loop).result(STEP_SECONDS)

    def order(self, number: int, *states: str) -> Known:
        order = self.model.pick(number, *states)
        assert order is not None
        return order

    def ordered(self, who: int, lines: Any) -> Known | None:
        """Return an order that waits for its payment; None where it was refused or is free."""
        before = len(self.model.orders)
        self.do(visiting.place(self.model, who, lines, "sandbox", quoted=False))
        order = self.model.orders[-1] if len(self.model.orders) > before else None
        return order if order and order.state == "held" else None

    @initialize(orders=st.lists(st.tuples(some, cart), min_size=4, max_size=6))
    def open(self, orders: Any) -> None:
        """Begin with orders that are held, paid at the venue, and paid in advance."""
        self.do(self.model.open())
        for number, (who, lines) in enumerate(orders):
            if number % 2:
                self.place_and_pay(who, lines)
            else:
                method = (None, "on_site")[number // 2 % 2]
                self.do(visiting.place(self.model, who, lines, method, quoted=False))

    @rule(
        who=some,
        lines=cart,
        method=st.sampled_from((None, None, "on_site", "sandbox", "free")),
        quoted=st.booleans(),
    )
    def place(self, who: int, lines: Any, method: str | None, quoted: bool) -> None:  # noqa: FBT001
        self.do(visiting.place(self.model, who, lines, method, quoted=quoted))

    @rule(who=some, lines=cart)
    def place_and_pay(self, who: int, lines: Any) -> None:
        if order := self.ordered(who, lines):
            self.do(visiting.begin_to_pay(self.model, order, change=False))
            self.do(visiting.let_money_come(self.model, order, -1, "pay"))

    @rule(
        who=some,
        line=wanted,
        trouble=st.sampled_from(("end", "end", "cancel", "none")),
        others=st.integers(0, 3),
        how=st.sampled_from(("late", "late", "wrong", "twice", "silent")),
    )
    def pay_in_trouble(self, who: int, line: Any, trouble: str, others: int, how: str) -> None:
        """Begin to pay; meanwhile the order ends, others take its places, money comes somehow."""
        model, order = self.model, self.ordered(who, [line])
        if order is None:
            return
        self.do(visiting.begin_to_pay(model, order, change=False))
        if trouble == "end":
            self.do(visiting.let_hold_end(model, order))
        elif trouble == "cancel":
            self.do(visiting.cancel(model, order, []))
        for other in range(others):
            self.do(visiting.place(model, who + 1 + other, [line], "on_site", quoted=False))
        self.do(visiting.let_money_come(model, order, -1, how))

    @rule(who=some, night=some)
    def sell_pitches_before_and_after(self, who: int, night: int) -> None:
        """Sell pitches, tell them apart, and go on selling them."""
        pitch: visiting.Wanted = ("camp", night, 2, 0)
        self.do(visiting.place(self.model, who, [pitch], "on_site", quoted=False))
        self.do(self.model.village.tell_pitches_apart())
        for other in (1, 2):
            pitch = ("camp", night + other * 3, 2, 0)
            self.do(visiting.place(self.model, who + other, [pitch], "on_site", quoted=False))

    @precondition(lambda self: self.model.pick(0, "held"))
    @rule(number=some, how=st.sampled_from(("on_site", "free", "begin", "pay")))
    def pay(self, number: int, how: str) -> None:
        order = self.order(number, "held")
        if how in ("on_site", "free"):
            self.do(visiting.pay_at_once(self.model, order, how))
        else:
            self.do(visiting.begin_to_pay(self.model, order, change=False))
        if how == "pay":
            self.do(visiting.let_money_come(self.model, order, -1, how))

    @precondition(lambda self: any(order.numbers for order in self.model.orders))
    @rule(
        number=some,
        which=some,
        how=st.sampled_from(("pay", "twice", "wrong", "decline", "late", "late", "silent")),
    )
    def let_money_come(self, number: int, which: int, how: str) -> None:
        orders = [order for order in self.model.orders if order.numbers]
        order = orders[number % len(orders)]
        self.do(visiting.let_money_come(self.model, order, which, how))

    @precondition(lambda self: self.model.pick(0, "held"))
    @rule(number=some)
    def let_hold_end(self, number: int) -> None:
        self.do(visiting.let_hold_end(self.model, self.order(number, "held")))

    @precondition(lambda self: self.model.pick(0))
    @rule(number=some, lines=st.lists(some, max_size=2), offered=st.booleans())
    def cancel(self, number: int, lines: list[int], offered: bool) -> None:  # noqa: FBT001
        self.do(visiting.cancel(self.model, self.order(number), lines))
        if offered:
            self.do(hosting.move_line_on(self.model))

    @precondition(lambda self: self.model.pick(0, "held", "confirmed"))
    @rule(number=some, line=some)
    def cancel_as_operator(self, number: int, line: int) -> None:
        order = self.order(number, "held", "confirmed")
        self.do(visiting.cancel_as_operator(self.model, order, line))

    @precondition(lambda self: self.model.pick(0, "held", "confirmed"))
    @rule(number=some, line=some, what=changes)
    def change(self, number: int, line: int, what: dict[str, int]) -> None:
        order = self.order(number, "confirmed", "held")
        self.do(visiting.change(self.model, order, line, what))

    @precondition(lambda self: self.model.paid())
    @rule(number=some, line=some, then=st.lists(fate, max_size=3))
    def change_what_is_paid(self, number: int, line: int, then: list[str]) -> None:
        """Take a larger party; then pay for it, in time or not, or don't."""
        order = self.model.paid()[number % len(self.model.paid())]
        self.do(visiting.change(self.model, order, line, {"more": 1}))
        for step in then if order.waiting else ():
            if step == "begin":
                self.do(visiting.begin_to_pay(self.model, order, change=True))
            elif step == "lapse":
                self.do(visiting.let_change_lapse(self.model, order))
            else:
                self.do(visiting.let_money_come(self.model, order, -1, step))

    @precondition(lambda self: self.model.pick(0))
    @rule(number=some, ticket=some, at=gate, direction=st.sampled_from(("in", "in", "out")))
    def scan(self, number: int, ticket: int, at: str, direction: Any) -> None:
        self.do(hosting.scan(self.model, self.order(number), ticket, at, direction))

    @precondition(lambda self: self.model.pick(0))
    @rule(
        number=some,
        scans=st.lists(st.tuples(some, gate, st.integers(0, 90)), min_size=1, max_size=4),
    )
    def send_batch(self, number: int, scans: Any) -> None:
        self.do(hosting.send_batch(self.model, self.order(number), scans))

    @precondition(lambda self: self.model.pick(0, "confirmed", "completed"))
    @rule(number=some, ticket=some)
    def undo(self, number: int, ticket: int) -> None:
        self.do(hosting.undo(self.model, self.order(number, "confirmed", "completed"), ticket))

    @precondition(lambda self: self.model.pick(0, "confirmed"))
    @rule(number=some, line=some, fen=st.integers(1, 12_000))
    def take_cash(self, number: int, line: int, fen: int) -> None:
        self.do(hosting.take_cash(self.model, self.order(number, "confirmed"), line, fen))

    @precondition(lambda self: self.model.pick(0, "confirmed"))
    @rule(number=some)
    def be_over(self, number: int) -> None:
        self.do(hosting.be_over(self.model, self.order(number, "confirmed")))

    @rule(what=st.sampled_from(WORK), which=name, number=some)
    def manage(self, what: Any, which: Any, number: int) -> None:
        self.do(hosting.manage(self.model, what, which, number))

    @rule(who=some, line=wanted, keep=st.integers(0, 3))
    def join(self, who: int, line: Any, keep: int) -> None:
        self.do(hosting.join(self.model, who, line, keep))

    @precondition(lambda self: self.model.entries)
    @rule(number=some, what=st.sampled_from(("refusals", "withdrawals")))
    def answer_offer(self, number: int, what: Any) -> None:
        self.do(hosting.answer_offer(self.model, number, what))

    @rule(job=st.sampled_from((hosting.move_line_on, hosting.ask, hosting.refund)))
    def work(self, job: Any) -> None:
        self.do(job(self.model))


# Where it fails, the steps that lead there are cut down to the fewest.
@pytest.mark.timeout(600 + 10 * LIVES)
async def test_every_promise_is_kept_through_every_life_of_orders(proof: Proof) -> None:
    loop = asyncio.get_running_loop()

    class HereAndNow(OrderLife):
        def __init__(self) -> None:
            super().__init__(proof, loop)

    await asyncio.to_thread(run_state_machine_as_test, HereAndNow, settings=SETTINGS)
