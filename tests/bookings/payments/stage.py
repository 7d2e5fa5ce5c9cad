"""Bookings and the real cashier beside it, over HTTP; and the steps of whoever pays."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Final
from uuid import UUID, uuid4

import aiohttp
from aiohttp import web
from yarl import URL

from deploy.local.cashier.api import COURIER
from deploy.local.cashier.courier import Courier
from deploy.local.cashier.pages import create_app
from deploy.local.cashier.store import Store
from services.bookings.jobs.ask_payments import ask_payments
from services.bookings.jobs.expire_holds import expire_holds
from services.bookings.jobs.send_refunds import send_refunds
from shared.contracts.terms import TicketPrice
from shared.contracts.venues import OfferingPublished, SlotPublished, VenuePublished
from shared.core.secret_keys import development_key, key_bytes
from tests.bookings.village import DISTRICT, NEXT_WEEK, ROOMY, VILLAGE, Json, at, pottery, text
from tests.bookings.world import Answer, Bookings

KEY: Final = key_bytes(development_key("signs at the sandbox cashier"))
OTHER_VENUE: Final = uuid4()
OTHER_OPERATOR: Final = uuid4()
TEA: Final = uuid4()

END_HOLDS: Final = (
    "update orders set hold_expires_at = now() - interval '1 second' where state = 'held'"
)
END_PAYMENTS: Final = "update payments set expires_at = now() - interval '1 second'"
DUE: Final = "update payments set due_at = now() where state = 'started'"
REFUNDS_DUE: Final = "update refunds set due_at = now()"

BALANCES: Final = """
select account, sum(amount_fen)::bigint as fen
from ledger_entries
where order_id = $1
group by account
"""


class Cashier:
    """The cashier's program, in this process; it can be away, and remembers all when it is back."""

    def __init__(self, file: Path, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self._file = file
        self._port = port
        self._runner: web.AppRunner | None = None
        self._store: Store | None = None
        self._courier: Courier | None = None

    async def start(self) -> None:
        self._store = Store(self._file)
        app = create_app(self._store, KEY, self.url)
        self._courier = app[COURIER]
        self._runner = web.AppRunner(app)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self._port).start()

    async def stop(self) -> None:
        if self._runner is not None and self._store is not None:
            await self._runner.cleanup()
            self._store.close()
            self._runner = self._store = None

    @property
    def store(self) -> Store:
        assert self._store is not None
        return self._store

    @property
    def courier(self) -> Courier:
        assert self._courier is not None
        return self._courier

    def hurry(self) -> None:
        """Let late payments come, and refunds be done, now."""
        with self.store._transaction() as db:  # noqa: SLF001 - time is the one thing in the way
            db.execute("update charges set late_at = 0 where late_at is not null")
            db.execute("update refunds set due_at = 0 where done_at is null")
            db.execute("update reports set due_at = 0")
        self.courier.wake()

    async def settled(self, number: str) -> None:
        """Wait until nothing more is going to happen to a payment or refund."""
        for _ in range(200):
            charge = self.store.charge(number)
            is_coming = charge is not None and charge.late_at is not None
            if not is_coming and self.store.is_told(number):
                return
            await asyncio.sleep(0.05)
        raise AssertionError("the platform does not take it in")

    async def press(self, pay_url: str, action: str) -> tuple[int, str | None]:
        """Press a button; return the answer's status and where it sends the visitor."""
        async with (
            aiohttp.ClientSession() as session,
            session.post(pay_url, data={"action": action}, allow_redirects=False) as answer,
        ):
            return answer.status, answer.headers.get("Location")

    async def page(self, path: str, language: str = "zh-CN") -> str:
        async with (
            aiohttp.ClientSession(headers={"Accept-Language": language}) as session,
            session.get(str(URL(self.url).join(URL(path)))) as answer,
        ):
            assert answer.status == 200
            return await answer.text()


@dataclass
class Paying:
    """A visitor between the platform and the cashier."""

    bookings: Bookings
    cashier: Cashier

    @property
    def app(self) -> web.Application:
        return self.bookings.client.app

    async def hold(self, *lines: Json, token: str | None = None) -> str:
        answer = await self.bookings.order(*(lines or (pottery(),)), token=token)
        assert answer.status == 201, answer.json
        return str(answer.json["order_id"])

    async def pay(
        self, order_id: str, method: str = "sandbox", token: str | None = None, **fields: Any
    ) -> Answer:
        key = fields.pop("key", None)
        return await self.bookings.call(
            "POST",
            f"/v1/orders/{order_id}/payments",
            {"method": method, **fields},
            token=token or self.bookings.visitor,
            key=key,
        )

    async def begin(self, order_id: str) -> str:
        """Begin to pay, and return the cashier's page."""
        answer = await self.pay(order_id)
        assert answer.status == 201, answer.json
        return str(answer.json["payment"]["pay_url"])

    async def paid(self, *lines: Json) -> str:
        """Return an order that was paid."""
        order_id = await self.hold(*lines)
        await self.press(await self.begin(order_id), "pay")
        assert (await self.order(order_id))["state"] == "confirmed"
        return order_id

    async def press(self, pay_url: str, action: str) -> tuple[int, str | None]:
        return await self.cashier.press(pay_url, action)

    async def order(self, order_id: str) -> Json:
        answer = await self.bookings.call(
            "GET", f"/v1/orders/{order_id}", token=self.bookings.visitor
        )
        order: Json = answer.json
        return order

    async def payments(self, order_id: str) -> list[Json]:
        answer = await self.bookings.call(
            "GET", f"/v1/orders/{order_id}/payments", token=self.bookings.visitor
        )
        items: list[Json] = answer.json["items"]
        return items

    async def refunds(self, order_id: str) -> list[Json]:
        return [
            refund for payment in await self.payments(order_id) for refund in payment["refunds"]
        ]

    async def report(self, body: bytes, headers: dict[str, str]) -> Answer:
        """Say something to the platform as the cashier would."""
        async with self.bookings.client.post(
            "/v1/payment-callbacks/sandbox",
            data=body,
            headers={"Content-Type": "application/json", **headers},
        ) as answer:
            return Answer(answer.status, answer.headers.copy(), await answer.json())

    async def ask(self) -> None:
        await self.bookings.execute(DUE)
        await ask_payments(self.app)

    async def expire(self) -> None:
        """End the time of all holds and payments, and expire what is held."""
        await self.bookings.execute(END_HOLDS)
        await self.bookings.execute(END_PAYMENTS)
        await expire_holds(self.app)

    async def send_refunds(self) -> None:
        await self.bookings.execute(REFUNDS_DUE)
        await send_refunds(self.app)

    async def until(self, holds: Callable[[], Any], seconds: float = 10.0) -> None:
        """Wait until something that is asked for again and again is so."""
        for _ in range(round(seconds / 0.05)):
            if await holds():
                return
            await asyncio.sleep(0.05)
        raise AssertionError("it never came to that")

    async def balances(self, order_id: str) -> dict[str, int]:
        """Return the sums of the accounts of an order; they are zero together."""
        rows = await self.bookings.fetch_rows(BALANCES, UUID(order_id))
        balances = {row["account"]: row["fen"] for row in rows}
        assert sum(balances.values()) == 0
        return balances

    async def publish_other_venue(self, payment: Any = "on_site") -> None:
        """Publish another operator's venue, with a tea tasting at 10:00 for ¥50."""
        venue = VenuePublished(
            venue_id=OTHER_VENUE,
            village_id=VILLAGE,
            organisation_id=OTHER_OPERATOR,
            name=text("新路茶舍", "Xinlu tea house"),
            address=text("新路村 3 号", "3 Xinlu"),
            day_capacity=ROOMY,
        )
        await self.bookings.hear(venue, OTHER_VENUE)
        offering = OfferingPublished(
            offering_id=TEA,
            venue_id=OTHER_VENUE,
            village_id=VILLAGE,
            organisation_id=OTHER_OPERATOR,
            kind="session",
            name=text("品茶", "Tea tasting"),
            prices=(TicketPrice(ticket_type="adult", fen=5000),),
            payment=payment,
            persons_per_unit=None,
        )
        await self.bookings.hear(offering, TEA)
        starts_at = at(NEXT_WEEK, 10)
        slot = SlotPublished(
            slot_id=uuid4(),
            offering_id=TEA,
            venue_id=OTHER_VENUE,
            village_id=VILLAGE,
            district_id=DISTRICT,
            kind="session",
            day=NEXT_WEEK,
            starts_at=starts_at,
            ends_at=starts_at + timedelta(hours=1),
            capacity=10,
        )
        await self.bookings.hear(slot, slot.slot_id)


def tea(**tickets: int) -> Json:
    return {
        "offering_id": str(TEA),
        "starts_at": at(NEXT_WEEK, 10).isoformat(),
        "tickets": tickets or {"adult": 2},
    }


def adults(number: int) -> Json:
    return {**pottery(), "tickets": {"adult": number}}


# Two adults at the pottery, two at the tea tasting.
POTTERY_FEN: Final = 25600
TEA_FEN: Final = 10000
