"""Two services on real parts: bookings tells of orders, statistics hears of them.

Joining a group takes the embedded broker four seconds, so all tests share one running pair.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from uuid import UUID, uuid4

import asyncpg
import pytest

from deploy.local.broker import ApacheKafka, EmbeddedBroker
from deploy.local.postgres import EmbeddedPostgres
from shared.contracts.bookings import OrderExpired
from shared.contracts.event import Envelope
from shared.core import tracing
from shared.db import Connection, Database, transaction
from shared.messaging import outbox
from shared.messaging.broker import Broker
from shared.messaging.run import Messaging
from tests.support.databases import Clone, clone

CREATE_EFFECTS = """
create table {service}.effects (
    place bigint generated always as identity, subject uuid, version integer, trace_id text
);
grant all on {service}.effects to {service};
"""
ADD_EFFECT = "insert into effects (subject, version, trace_id) values ($1, $2, $3)"
EFFECTS = "select version from effects where subject = $1 order by place"


@dataclass
class Pair:
    """The two services, and what the hearing one is told to get wrong."""

    clone: Clone
    broker: Broker
    bookings: Database
    statistics: Database
    telling: Messaging
    hearing: Messaging
    failures: dict[UUID, Exception] = field(default_factory=dict)
    tries: dict[UUID, int] = field(default_factory=dict)

    async def tell(self, order_id: UUID, version: int = 1) -> None:
        async with transaction(self.bookings) as conn:
            await add_expired(conn, order_id, version)

    async def effects(self, order_id: UUID) -> list[int]:
        async with transaction(self.statistics) as conn:
            return [row["version"] for row in await conn.fetch(EFFECTS, order_id)]

    async def heard(self, order_id: UUID, versions: int = 1, seconds: float = 20.0) -> list[int]:
        """Wait until so many effects of an order are there; return their versions in order."""
        await until(self._count(order_id, versions), seconds)
        return await self.effects(order_id)

    def _count(self, order_id: UUID, versions: int) -> Callable[[], Awaitable[bool]]:
        async def there() -> bool:
            return len(await self.effects(order_id)) >= versions

        return there

    async def on_expired(self, conn: Connection, event: OrderExpired, envelope: Envelope) -> None:
        await conn.execute(ADD_EFFECT, event.order_id, envelope.version, tracing.current().trace_id)
        if event.order_id in self.failures:
            self.tries[event.order_id] = self.tries.get(event.order_id, 0) + 1
            raise self.failures[event.order_id]


async def add_expired(conn: Connection, order_id: UUID, version: int) -> None:
    event = OrderExpired(order_id=order_id, account_id=uuid4())
    await outbox.add(conn, event, subject=order_id, version=version)


async def until(condition: Callable[[], Awaitable[bool]], seconds: float = 20.0) -> None:
    deadline = time.monotonic() + seconds
    while not await condition():
        if time.monotonic() > deadline:
            pytest.fail(f"nothing happened for {seconds} s")
        await asyncio.sleep(0.02)


async def create_effects(place: Clone, service: str) -> None:
    owner = await asyncpg.connect(place.owner_url)
    await owner.execute(CREATE_EFFECTS.format(service=service))
    await owner.close()


@asynccontextmanager
async def pool(place: Clone, service: str) -> AsyncIterator[Database]:
    database = await Database.connect(place.url(service), service=service)
    try:
        yield database
    finally:
        await database.close()


@pytest.fixture(scope="session")
async def pair(
    postgres: EmbeddedPostgres, template: str, broker: EmbeddedBroker | ApacheKafka
) -> AsyncIterator[Pair]:
    address = Broker(
        broker.bootstrap_servers,
        enable_idempotence=isinstance(broker, ApacheKafka),
        session_timeout_ms=6_000,
    )
    async with (
        clone(postgres, template) as place,
        pool(place, "bookings") as bookings,
        pool(place, "statistics") as statistics,
    ):
        await create_effects(place, "statistics")
        telling = Messaging("bookings", database=bookings, broker=address, reactions={})
        services = Pair(place, address, bookings, statistics, telling, telling)
        services.hearing = Messaging(
            "statistics",
            database=statistics,
            broker=address,
            reactions={OrderExpired: services.on_expired},
        )
        telling.start()
        services.hearing.start()
        yield services
        await services.hearing.stop()
        await telling.stop()
