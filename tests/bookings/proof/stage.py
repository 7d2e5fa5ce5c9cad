"""Bookings, the cashier and the database's owner, who sees whether all promises are kept."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from uuid import UUID, uuid4

import asyncpg

from deploy.local.ports import free_port
from deploy.verify import events
from deploy.verify.invariants import PROMISES
from tests.bookings.payments.stage import Cashier, Paying
from tests.bookings.village import Json
from tests.bookings.world import Answer, serve_bookings
from tests.support.databases import Clone

# What can be seen in bookings' own tables.
OWN: Final = ("I1", "I2", "I3")
GAPS: Final = """
select format('%s: %s events, the last is version %s', subject, count(*), max(version))
from bookings.outbox
group by topic, subject
having count(*) <> max(version)
"""


@dataclass
class Proof(Paying):
    """The steps of visitors, gates and jobs, and a look at everything after them."""

    owner: asyncpg.Connection

    async def broken(self) -> dict[str, list[str]]:
        """Return what is wrong in bookings' tables, by promise; empty where all is well."""
        async with self.owner.transaction(isolation="repeatable_read", readonly=True):
            return await broken_in(self.owner)

    async def cancel(self, order_id: str, *line_ids: str, token: str | None = None) -> Answer:
        body = {"line_ids": list(line_ids)} if line_ids else None
        return await self.of_order(order_id, "cancellations", body, token)

    async def change(
        self, order_id: str, line_id: str, token: str | None = None, **what: Any
    ) -> Answer:
        return await self.of_order(order_id, "changes", {"line_id": line_id, **what}, token)

    async def of_order(
        self, order_id: str, what: str, body: object, token: str | None = None
    ) -> Answer:
        path = f"/v1/orders/{order_id}/{what}"
        token = token or self.bookings.visitor
        return await self.bookings.call("POST", path, body, token=token, key=uuid4().hex)

    async def check_in(self, line_id: str, ordinal: int = 1, **more: Any) -> Answer:
        body = {"line_id": line_id, "ordinal": ordinal, "admit_on_another_day": True, **more}
        return await self.bookings.call("POST", "/v1/check-ins", body, token=self.bookings.operator)

    async def begins_in(self, line_id: str, hours: float) -> None:
        """Let a line begin so many hours from now."""
        await self.bookings.execute(
            "update order_lines set starts_at = now() + make_interval(secs => $2 * 3600),"
            " ends_at = now() + make_interval(secs => ($2 + 1) * 3600) where line_id = $1",
            UUID(line_id),
            hours,
        )


async def broken_in(conn: asyncpg.Connection) -> dict[str, list[str]]:
    """Return what is wrong in bookings' tables as a transaction sees them."""
    statements = {name: PROMISES[name].statements for name in OWN}
    statements["I5"] = (events.ORDERS, GAPS)
    found = {
        name: [row[0] for sql in own for row in await conn.fetch(sql)]
        for name, own in statements.items()
    }
    return {name: lines for name, lines in found.items() if lines}


@asynccontextmanager
async def proving(database: Clone, folder: Path, **settings: Any) -> AsyncIterator[Proof]:
    """Serve bookings on a database, with a cashier of its own; at the end all promises are kept."""
    cashier, port = Cashier(folder / "cashier.sqlite", free_port()), free_port()
    owner = await asyncpg.connect(database.owner_url)
    await cashier.start()
    try:
        async with serve_bookings(
            database.url("bookings"),
            port=port,
            public_url=f"http://127.0.0.1:{port}",
            sandbox_url=cashier.url,
            **settings,
        ) as bookings:
            proof = Proof(bookings, cashier, owner)
            yield proof
            assert await proof.broken() == {}
    finally:
        await cashier.stop()
        await owner.close()


def line_of(order: Json, number: int = 0) -> str:
    return str(order["lines"][number]["line_id"])
