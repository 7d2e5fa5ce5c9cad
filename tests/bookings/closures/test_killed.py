"""A process that is killed in the middle leaves nothing half done; the next one goes on."""

import asyncio
import signal
import sys
from pathlib import Path
from typing import Final

from shared.contracts.bookings import OrderCancelled, PersonAffectedByClosure
from tests.bookings.closures.closing import Closing
from tests.bookings.village import NEXT_WEEK, POTTERY, at, pottery
from tests.bookings.world import serve_bookings
from tests.support.databases import Clone

ORDERS: Final = 150
PROGRAM: Final = """
import asyncio, sys
from aiohttp.test_utils import TestClient, TestServer
from pydantic import SecretStr
from services.bookings.app import build_app
from services.bookings.jobs import call_off_closed
from services.bookings.settings import BookingsSettings

call_off_closed.BATCH = 10

async def main():
    app = build_app(BookingsSettings(database_url=SecretStr(sys.argv[1])), "api")
    async with TestClient(TestServer(app)):
        await call_off_closed.call_off_closed(app)

asyncio.run(main())
"""
ROOT: Final = Path(__file__).parents[3]
COUNT: Final = "select count(*) from orders where state = 'cancelled'"
TOLD: Final = "select count(*), count(distinct subject) from outbox where type = $1"


async def test_whatever_is_killed_each_order_is_called_off_once(database: Clone) -> None:
    url = database.url("bookings")
    async with serve_bookings(url) as bookings:
        closing = Closing(bookings)
        await bookings.publish_slot(POTTERY, at(NEXT_WEEK, 14), 900)
        for _ in range(3):
            await asyncio.gather(
                *(
                    bookings.order(
                        pottery(adult=1), token=bookings.tokens.person(), payment_method="on_site"
                    )
                    for _ in range(ORDERS // 3)
                )
            )
        closure_id = await closing.close()
        process = await asyncio.create_subprocess_exec(sys.executable, "-c", PROGRAM, url, cwd=ROOT)
        for _ in range(6000):
            if await bookings.fetch(COUNT) or process.returncode is not None:
                break
            await asyncio.sleep(0.01)
        process.send_signal(signal.SIGKILL)
        await process.wait()
        assert 0 < await bookings.fetch(COUNT) < ORDERS
        await closing.call_off()
        progress = await closing.progress(closure_id)
        assert (progress["orders_cancelled"], progress["people_told"]) == (ORDERS, ORDERS)
        assert progress["done_at"] is not None
        for event in (OrderCancelled, PersonAffectedByClosure):
            [row] = await bookings.fetch_rows(TOLD, event.event_type)
            assert tuple(row) == (ORDERS, ORDERS)
        assert await bookings.leaks() == []
