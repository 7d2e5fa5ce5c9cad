"""The doors through which something is booked, in a village where much can be asked for wrongly."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from io import BytesIO
from typing import Any, Final
from uuid import uuid4

import asyncpg

from services.bookings.engine.quotes import Quote, open_quote, seal_quote
from services.bookings.keys import CONTACT_SEALER
from shared.contracts.venues import OfferingWithdrawn, SlotWithdrawn, VenueWithdrawn
from shared.core.clock import SystemClock
from tests.bookings.payments.stage import OTHER_VENUE
from tests.bookings.proof.stage import Proof, line_of
from tests.bookings.village import (
    CAMPING,
    NEXT_WEEK,
    POTTERY,
    WALK,
    Json,
    at,
    camping,
    pottery,
    today_here,
)
from tests.bookings.world import Answer

CONTACT: Final[Json] = {"name": "陈小溪"}
WITHDRAWN_SLOT: Final = at(NEXT_WEEK, 17)
FULL_SLOT: Final = at(NEXT_WEEK, 18)
UNDECREED: Final = date(today_here().year + 9, 5, 5)

# Every row of every table, whoever wrote it.
TABLES: Final = "select tablename from pg_tables where schemaname = 'bookings' order by 1"
ROWS: Final = (
    "select '{0}', md5(coalesce(string_agg(line::text, '\n' order by line::text), ''))"
    " from bookings.{0} as line"
)


@dataclass
class Doors:
    """Somebody with orders, somebody else's orders, and what is not on sale any more."""

    proof: Proof
    # What was booked before, to be changed: a class, a stay, a walk that is off sale since.
    lines: dict[str, tuple[str, str]] = field(default_factory=dict)
    quotes: dict[str, str] = field(default_factory=dict)
    fingerprint_sql: str = ""

    async def open(self) -> None:
        bookings = self.proof.bookings
        await self.proof.publish_other_venue()
        await bookings.publish_slot(WALK, at(NEXT_WEEK, 9), 10)
        for start in (WITHDRAWN_SLOT, FULL_SLOT):
            await bookings.publish_slot(POTTERY, start, 2)
        await bookings.publish_slot(POTTERY, at(today_here() - timedelta(days=1), 14), 10)
        await bookings.publish_slot(CAMPING, at(today_here() - timedelta(days=1), 15), 5, hours=20)
        await bookings.publish_slot(POTTERY, at(UNDECREED, 14), 10)
        await bookings.publish_slot(CAMPING, at(UNDECREED, 15), 5, hours=20)
        await self._book()
        await self._quote()
        await self._withdraw()
        rows = await self.proof.owner.fetch(TABLES)
        self.fingerprint_sql = " union all ".join(ROWS.format(row[0]) for row in rows)

    async def _book(self) -> None:
        bookings, other = self.proof.bookings, self.proof.bookings.tokens.person()
        walk = {**pottery(hour=9, adult=2), "offering_id": str(WALK)}
        for name, line, token in (
            ("class", pottery(), bookings.visitor),
            ("stay", camping(), bookings.visitor),
            ("walk", walk, bookings.visitor),
            ("foreign", pottery(adult=1), other),
            ("full", pottery(hour=18), other),
        ):
            method = "free" if name == "walk" else "on_site"
            answer = await bookings.order(line, token=token, payment_method=method)
            assert answer.status == 201, answer.json
            self.lines[name] = (answer.json["order_id"], line_of(answer.json))
        for key, path, body in (
            ("used-orders", "/v1/orders", {"lines": [camping()], "contact": CONTACT}),
            ("used-waitlist", "/v1/waitlist-entries", self.wish(pottery(hour=18))),
            (
                "used-changes",
                self.changes("class"),
                {"line_id": self.lines["class"][1], "tickets": {"adult": 3}},
            ),
        ):
            answer = await self.ask("POST", path, body, key=key)
            assert answer.status == 201, answer.json
        # The line that came in its place is the one to be changed now.
        order = await self.proof.order(self.lines["class"][0])
        self.lines["changed"] = self.lines["class"]
        self.lines["class"] = (order["order_id"], line_of(order, 1))
        joined = await bookings.call(
            "POST", "/v1/waitlist-entries", self.wish(pottery(hour=18)), token=other, key="other"
        )
        self.lines["waiting"] = (joined.json["entry_id"], "")

    async def _quote(self) -> None:
        bookings = self.proof.bookings
        other = bookings.tokens.person()
        for name, token in (("own", bookings.visitor), ("foreign", other)):
            answer = await bookings.call("POST", "/v1/quotes", {"lines": [pottery()]}, token=token)
            self.quotes[name] = answer.json["quote_id"]
        sealer = bookings.client.app[CONTACT_SEALER]
        order = await bookings.fetch(
            "select account_id from orders where order_id = $1::text::uuid", self.lines["stay"][0]
        )
        quote = open_quote(self.quotes["own"], sealer, order, SystemClock().now())
        stale = quote.model_copy(update={"expires_at": SystemClock().now()})
        self.quotes["stale"] = seal_quote(Quote.model_validate(stale.model_dump()), sealer)
        middle = len(self.quotes["own"]) // 2
        changed = "A" if self.quotes["own"][middle] != "A" else "B"
        own = self.quotes["own"]
        self.quotes["changed"] = own[:middle] + changed + own[middle + 1 :]

    async def _withdraw(self) -> None:
        hear = self.proof.bookings.hear
        await hear(OfferingWithdrawn(offering_id=WALK), WALK)
        await hear(VenueWithdrawn(venue_id=OTHER_VENUE), OTHER_VENUE)
        slot_id = self.proof.bookings.slots[POTTERY, WITHDRAWN_SLOT]
        await hear(SlotWithdrawn(slot_id=slot_id), slot_id)

    def changes(self, name: str) -> str:
        return f"/v1/orders/{self.lines[name][0]}/changes"

    @staticmethod
    def wish(line: Mapping[str, Any], **fields: Any) -> Json:
        """Return a line of an order as the waiting list takes it."""
        times = {key: line[key] for key in ("starts_at", "date", "nights") if key in line}
        others = {key: value for key, value in line.items() if key not in times}
        return {**others, "wishes": [times], "contact": CONTACT, **fields}

    def through(self, door: str, line: Json) -> tuple[str, Json]:
        """Return the request that books a line through a door."""
        match door:
            case "orders":
                return "/v1/orders", {"lines": [line], "contact": CONTACT}
            case "quotes":
                return "/v1/quotes", {"lines": [line]}
            case "waitlist":
                return "/v1/waitlist-entries", self.wish(line)
            case _:
                name = {str(CAMPING): "stay", str(WALK): "walk"}.get(
                    str(line["offering_id"]), "class"
                )
                fields = {key: value for key, value in line.items() if key != "offering_id"}
                return self.changes(name), {"line_id": self.lines[name][1], **fields}

    async def ask(
        self,
        method: str,
        path: str,
        body: object,
        *,
        language: str = "zh",
        key: str | None = None,
        signed_in: bool = True,
        content_type: str = "application/json",
    ) -> Answer:
        """Ask as the visitor; a body that is bytes is sent as it is."""
        bookings = self.proof.bookings
        headers = {"Accept-Language": language, "Content-Type": content_type}
        if signed_in:
            headers |= bookings.tokens.header(bookings.visitor)
        if key != "":
            headers["Idempotency-Key"] = key or uuid4().hex
        data = BytesIO(body if isinstance(body, bytes) else json.dumps(body).encode())
        async with bookings.client.request(method, path, data=data, headers=headers) as response:
            return Answer(response.status, response.headers.copy(), await response.json())

    async def rows(self, conn: asyncpg.Connection) -> dict[str, str]:
        """Return a hash of each table of bookings."""
        return {row[0]: row[1] for row in await conn.fetch(self.fingerprint_sql)}
