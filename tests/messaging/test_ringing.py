"""A commit in one process wakes the relay in another."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from uuid import uuid4

import asyncpg
import pytest

from shared.contracts.bookings import OrderExpired
from shared.db import transaction
from shared.messaging import outbox
from shared.messaging.doorbell import Doorbell, ringing
from tests.messaging.conftest import Pair, pool, until
from tests.messaging.test_crashes import SENT, holds, process, withdraw

CHANNEL = "xiangyou.relay.venues"
END_SESSIONS = """
select pg_terminate_backend(pid) from pg_stat_activity
where query like 'select pg_notify%' and pid <> pg_backend_pid()
"""

pytestmark = pytest.mark.kafka


@asynccontextmanager
async def rings(pair: Pair) -> AsyncIterator[list[str]]:
    """Yield what is heard on the channel of the venues' relay."""
    heard: list[str] = []
    conn = await asyncpg.connect(pair.clone.url("venues"))
    await conn.add_listener(CHANNEL, lambda *told: heard.append(str(told[2])))
    try:
        yield heard
    finally:
        await conn.close()


async def test_a_relay_in_another_process_is_woken_by_a_commit(pair: Pair) -> None:
    async with pool(pair.clone, "venues") as venues, process("patient", pair, "venues"):
        # It leads when it has sent what it found at its first look.
        await until(holds(venues, SENT, await withdraw(venues)), 20.0)
        async with ringing(venues):
            for _ in range(3):
                await until(holds(venues, SENT, await withdraw(venues)), 2.0)


async def test_many_commits_share_few_rings(pair: Pair) -> None:
    async with pool(pair.clone, "venues") as venues, rings(pair) as heard, ringing(venues):
        await asyncio.gather(*(withdraw(venues) for _ in range(200)))
        await until(_some(heard))
        await asyncio.sleep(0.2)
        assert 1 <= len(heard) < 150


async def test_a_process_that_leads_does_not_ring(pair: Pair) -> None:
    leads = True
    stopping = asyncio.Event()
    async with pool(pair.clone, "venues") as venues, rings(pair) as heard:
        doorbell = asyncio.create_task(Doorbell(venues, lambda: leads).run(stopping))
        await withdraw(venues)
        await asyncio.sleep(0.3)
        assert heard == []
        leads = False
        await withdraw(venues)
        await until(_some(heard))
        stopping.set()
        await doorbell


async def test_a_doorbell_survives_the_loss_of_its_connection(pair: Pair) -> None:
    async with pool(pair.clone, "venues") as venues, rings(pair) as heard, ringing(venues):
        await withdraw(venues)
        await until(_some(heard))
        owner = await asyncpg.connect(pair.clone.owner_url)
        await owner.execute(END_SESSIONS)
        await owner.close()
        heard.clear()
        await withdraw(venues)
        await until(_some(heard))


async def test_a_rolled_back_event_rings_for_nobody(pair: Pair) -> None:
    async with pool(pair.clone, "venues") as venues, rings(pair) as heard, ringing(venues):
        with pytest.raises(RuntimeError, match="changed my mind"):
            async with transaction(venues) as conn:
                event = OrderExpired(order_id=uuid4(), account_id=uuid4())
                await outbox.add(conn, event, subject=event.order_id, version=1)
                raise RuntimeError("changed my mind")
        await asyncio.sleep(0.3)
        assert heard == []


def _some(heard: list[str]) -> Callable[[], Awaitable[bool]]:
    async def there() -> bool:
        return bool(heard)

    return there
