"""Processes are killed in the middle of their work, and others take over."""

import asyncio
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from shared.contracts.bookings import OrderExpired
from shared.contracts.venues import VenueWithdrawn
from shared.db import Database, transaction
from shared.messaging import outbox
from shared.messaging.run import Messaging
from tests.messaging.conftest import Pair, create_effects, pool, until
from tests.messaging.crashing_process import note

LEADER = """
select pid from pg_locks where locktype = 'advisory' and objsubid = 1 and granted
    and database = (select oid from pg_database where datname = current_database())
    and classid = ((hashtextextended('xiangyou.relay.venues', 0) >> 32) & 4294967295)::oid
"""
SENT = "select sent_at is not null from outbox where subject = $1"
EFFECTS = "select count(*) from effects where subject = $1"

pytestmark = pytest.mark.kafka


@asynccontextmanager
async def process(
    part: str, pair: Pair, service: str, last: UUID | None = None
) -> AsyncIterator[Process]:
    started = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "tests.messaging.crashing_process", part),
        *(pair.clone.url(service), pair.broker.bootstrap_servers, str(last)),
        cwd=Path(__file__).parents[2],
        stdout=asyncio.subprocess.DEVNULL,
    )
    try:
        yield started
    finally:
        if started.returncode is None:
            started.kill()
        await started.wait()


async def withdraw(database: Database) -> UUID:
    venue_id = uuid4()
    async with transaction(database) as conn:
        event = VenueWithdrawn(venue_id=venue_id)
        await outbox.add(conn, event, subject=venue_id, version=1)
    return venue_id


def holds(database: Database, statement: str, *args: object) -> Callable[[], Awaitable[bool]]:
    async def found() -> bool:
        async with transaction(database) as conn:
            return bool(await conn.fetchval(statement, *args))

    return found


async def test_another_relay_takes_over_from_a_killed_one(pair: Pair) -> None:
    async with pool(pair.clone, "venues") as venues, process("relay", pair, "venues") as leader:
        await until(holds(venues, SENT, await withdraw(venues)))
        async with transaction(venues) as conn:
            first = await conn.fetchval(LEADER)
        standby = Messaging("venues", database=venues, broker=pair.broker, reactions={})
        standby.start()
        try:
            await asyncio.sleep(0.5)
            async with transaction(venues) as conn:
                assert await conn.fetchval(LEADER) == first
            leader.kill()
            await until(holds(venues, SENT, await withdraw(venues)), 5.0)
            async with transaction(venues) as conn:
                assert await conn.fetchval(LEADER) != first
        finally:
            await standby.stop()


async def test_a_consumer_killed_before_it_commits_its_offsets_has_no_double_effect(
    pair: Pair,
) -> None:
    await create_effects(pair.clone, "notifications")
    first, second = uuid4(), uuid4()
    await pair.tell(first)
    async with pool(pair.clone, "notifications") as notifications:
        async with process("consumer", pair, "notifications", first) as crashing:
            async with asyncio.timeout(30):
                assert await crashing.wait() == -9
        assert await holds(notifications, EFFECTS, first)()
        await pair.tell(second)
        successor = Messaging(
            "notifications",
            database=notifications,
            broker=pair.broker,
            reactions={OrderExpired: note},
        )
        successor.start()
        try:
            await until(holds(notifications, EFFECTS, second), 40.0)
        finally:
            await successor.stop()
        async with transaction(notifications) as conn:
            assert await conn.fetchval(EFFECTS, first) == 1
            assert await conn.fetchval(EFFECTS, second) == 1
