"""What a model of the orders expects, and what is looked at after each step."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID, uuid4

from tests.bookings.proof.stage import Proof
from tests.bookings.proof.village import Village
from tests.bookings.village import Json
from tests.bookings.world import Answer

READ_POOLS: Final = "select id, scope, subject_id, taken, capacity from bookings.pools"
READ_ORDERS: Final = """
select order_id::text, account_id::text, state from bookings.orders
where account_id = any ($1::uuid[])
"""
# What may follow from money that arrives, whenever it does.
BY_MONEY: Final = {
    "held": {"held", "confirmed"},
    "expired": {"expired", "confirmed"},
}


@dataclass
class Visitor:
    """Somebody with an account."""

    token: str
    account_id: str


@dataclass
class Known:
    """An order as the model knows it: its state, and the states that may follow next."""

    order_id: str
    visitor: Visitor
    state: str
    may: set[str] = field(default_factory=set)
    # The numbers of all payments that were begun, and the lines of changes that wait.
    numbers: list[str] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)


class Model:
    """The orders of one village, and how full its pools were when it was last looked at."""

    def __init__(self, proof: Proof) -> None:
        self.proof = proof
        self.village = Village(proof.bookings)
        self.orders: list[Known] = []
        self.entries: list[tuple[str, Visitor]] = []
        self.taken: Counter[int | UUID] = Counter()
        tokens = proof.bookings.tokens
        accounts = [uuid4() for _ in range(4)]
        self.visitors = [Visitor(tokens.person(one), str(one)) for one in accounts]
        self.gates = [
            tokens.person(organisations=[operator]) for operator in self.village.operators
        ]

    async def open(self) -> None:
        """Open the village; the pools of others stay as they are."""
        await self._oversold()
        await self.village.open()

    def pick(self, number: int, *states: str) -> Known | None:
        """Return one of the orders that are in one of these states; None where none is."""
        fitting = [order for order in self.orders if order.state in (states or (order.state,))]
        return fitting[number % len(fitting)] if fitting else None

    def paid(self) -> list[Known]:
        """Return the orders that were paid in advance and stand."""
        return [order for order in self.orders if order.numbers and order.state == "confirmed"]

    def visitor(self, number: int) -> Visitor:
        return self.visitors[number % len(self.visitors)]

    def add(self, order: Json, visitor: Visitor) -> Known:
        known = Known(order["order_id"], visitor, order["state"])
        self.orders.append(known)
        return known

    async def fresh(self, order: Known) -> Json:
        """Return an order as its visitor sees it."""
        answer = await self.call(order.visitor, "GET", f"/v1/orders/{order.order_id}")
        assert answer.status == 200, answer.json
        view: Json = answer.json
        return view

    async def call(self, by: Visitor | str, method: str, path: str, body: object = None) -> Answer:
        """Ask for something; it is done, or refused with a reason, and never fails."""
        token = by if isinstance(by, str) else by.token
        answer = await self.proof.bookings.call(
            method, path, body, token=token, key=uuid4().hex if method == "POST" else None
        )
        assert answer.status < 500, answer.json
        assert answer.status < 400 or answer.json["detail"], answer.json
        return answer

    async def look(self) -> None:
        """See that all promises hold, and that all is as the model expects."""
        assert await self.proof.broken() == {}
        assert await self._oversold() == []
        rows = await self.proof.owner.fetch(
            READ_ORDERS, [UUID(one.account_id) for one in self.visitors]
        )
        states = {row["order_id"]: row for row in rows}
        assert {order.order_id for order in self.orders} <= states.keys()
        for order in self.orders:
            state = states.pop(order.order_id)["state"]
            assert state in (order.may or {order.state}), f"{order}: {state}"
            order.state, order.may = state, set()
        # What is left was offered by the waiting list.
        by_account = {one.account_id: one for one in self.visitors}
        for row in states.values():
            assert row["state"] == "held", dict(row)
            self.orders.append(Known(row["order_id"], by_account[row["account_id"]], "held"))

    async def _oversold(self) -> list[str]:
        """Return where places were sold that were not there: in a pool, or in a slot as a whole.

        Where a limit was lowered, more may be taken than there is, but nothing more is sold.
        """
        rows = await self.proof.owner.fetch(READ_POOLS)
        taken: Counter[int | UUID] = Counter({row["id"]: row["taken"] for row in rows})
        capacity: dict[int | UUID, int] = {row["id"]: row["capacity"] for row in rows}
        capacity.update(self.village.units.items())
        for row in rows:
            if row["scope"] == "slot":
                taken[row["subject_id"]] += row["taken"]
        before, self.taken = self.taken, taken
        return [
            f"{one}: {taken[one]} of {capacity[one]}"
            for one in capacity
            if taken[one] > max(before[one], capacity[one])
        ]
