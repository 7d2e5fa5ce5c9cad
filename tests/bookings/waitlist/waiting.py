"""Steps of the waiting list's tests: sell out, wait, give back, look."""

from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID, uuid4

from services.bookings.jobs.end_waiting import end_waiting
from services.bookings.jobs.expire_holds import expire_holds
from services.bookings.jobs.offer_places import offer_places
from tests.bookings.village import NEXT_WEEK, POTTERY, Json, at, pottery
from tests.bookings.world import Answer, Bookings

END_HOLDS: Final = """
update orders set hold_expires_at = now() - interval '1 second' where state = 'held'
"""
AT_TWO: Final[Json] = {"starts_at": at(NEXT_WEEK, 14).isoformat()}


@dataclass(frozen=True)
class Waiter:
    """Somebody who waits, by their own account."""

    bookings: Bookings
    token: str
    entry_id: str

    async def look(self) -> Any:
        answer = await self.bookings.call(
            "GET", f"/v1/waitlist-entries/{self.entry_id}", token=self.token
        )
        assert answer.status == 200
        return answer.json

    async def state(self) -> str:
        return str((await self.look())["state"])

    async def offered_order(self) -> str:
        return str((await self.look())["offer"]["order_id"])

    async def pay(self, order_id: str | None = None) -> Answer:
        path = f"/v1/orders/{order_id or await self.offered_order()}/payments"
        body = {"method": "on_site"}
        return await self.bookings.call("POST", path, body, token=self.token, key=uuid4().hex)

    async def refuse(self, **body: Any) -> Answer:
        return await self._post("refusals", body)

    async def leave(self) -> Answer:
        return await self._post("withdrawals", {})

    async def reasons(self) -> list[tuple[str, int | None, int | None, int]]:
        """Return reason, places free and needed, and how often, the latest first."""
        return [
            (skip["reason"], skip["places_free"], skip["places_needed"], skip["times"])
            for skip in (await self.look())["skips"]
        ]

    async def _post(self, what: str, body: Json) -> Answer:
        path = f"/v1/waitlist-entries/{self.entry_id}/{what}"
        return await self.bookings.call("POST", path, body, token=self.token)


def wish_list(*wishes: Json, offering: UUID = POTTERY, adults: int = 2, **fields: Any) -> Json:
    return {
        "offering_id": str(offering),
        "tickets": {"adult": adults},
        "wishes": list(wishes) or [AT_TWO],
        "contact": {"name": "林山月", "phone": "13900001234"},
        **fields,
    }


async def join(
    bookings: Bookings,
    *wishes: Json,
    token: str | None = None,
    key: str | None = None,
    **fields: Any,
) -> Answer:
    body = wish_list(*wishes, **fields)
    token = token or bookings.tokens.person()
    return await bookings.call(
        "POST", "/v1/waitlist-entries", body, token=token, key=key or uuid4().hex
    )


async def wait(bookings: Bookings, *wishes: Json, **fields: Any) -> Waiter:
    token = bookings.tokens.person()
    answer = await join(bookings, *wishes, token=token, **fields)
    assert answer.status == 201, answer.json
    return Waiter(bookings, token, answer.json["entry_id"])


async def sell(bookings: Bookings, *lines: Json) -> list[str]:
    """Sell one order for each line, by whoever; return the orders."""
    orders = []
    for line in lines:
        answer = await bookings.order(line, payment_method="on_site")
        assert answer.status == 201, answer.json
        orders.append(str(answer.json["order_id"]))
    return orders


async def sell_out(bookings: Bookings, *parties: int) -> list[str]:
    """Sell all ten places of the pottery next week to parties of these sizes."""
    assert sum(parties) == 10
    return await sell(bookings, *(pottery(adult=size) for size in parties))


async def give_back(bookings: Bookings, *orders: str) -> None:
    for order in orders:
        path = f"/v1/orders/{order}/cancellations"
        answer = await bookings.call("POST", path, {}, token=bookings.visitor)
        assert answer.status == 201, answer.json


async def pass_on(bookings: Bookings) -> None:
    """Let the worker look once at what came free and what was decided."""
    await offer_places(bookings.client.app)


async def look_around(bookings: Bookings) -> None:
    """Let the worker look once at everybody who waits."""
    await end_waiting(bookings.client.app)


async def buy(bookings: Bookings, adults: int = 1) -> Answer:
    """Try as the public to buy places for the pottery next week."""
    token = bookings.tokens.person()
    return await bookings.order(pottery(adult=adults), token=token, payment_method="on_site")


async def offered(bookings: Bookings, *, behind: int = 0, **fields: Any) -> list[Waiter]:
    """Return a party that holds an offer, and others that wait behind it."""
    *_, order = await sell_out(bookings, 8, 2)
    waiters = [await wait(bookings, **fields), *[await wait(bookings) for _ in range(behind)]]
    await give_back(bookings, order)
    await pass_on(bookings)
    assert [await waiter.state() for waiter in waiters] == ["offered", *["waiting"] * behind]
    return waiters


async def expire(bookings: Bookings) -> None:
    await bookings.execute(END_HOLDS)
    await expire_holds(bookings.client.app)
    await pass_on(bookings)


async def ended(bookings: Bookings, waiter: Waiter) -> list[int]:
    """Return the versions of the events that told of the party's end."""
    return [
        version
        for kind, subject, version in await bookings.told()
        if (kind, subject) == ("waitlist.ended.v1", UUID(waiter.entry_id))
    ]
