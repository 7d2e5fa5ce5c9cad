"""Tells the platform what happened, signed, again and again until it is taken in."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Final

import aiohttp

from deploy.local.cashier.charges import Report
from deploy.local.cashier.store import Store
from services.bookings.payments.sandbox_signing import CALLBACK, sign

TIMEOUT: Final = aiohttp.ClientTimeout(total=10.0, sock_connect=2.0)
SUCCESSES: Final = range(200, 300)
LONGEST_SLEEP: Final = 5.0
LOOK_SECONDS: Final = 0.05


class Courier:
    """Does what is due in the store, and sleeps until the next thing is."""

    def __init__(self, store: Store, key: bytes) -> None:
        self._store = store
        self._key = key
        self._alarm = asyncio.Event()

    def wake(self) -> None:
        """Look at the store now."""
        self._alarm.set()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Work for as long as the block lasts."""
        async with aiohttp.ClientSession(timeout=TIMEOUT) as session:
            work = asyncio.create_task(self._work(session), name="cashier courier")
            try:
                yield
            finally:
                work.cancel()
                with suppress(asyncio.CancelledError):
                    await work

    async def told(self, number: str, seconds: float) -> None:
        """Wait until the platform knows how a payment stands, or the time is up."""
        self.wake()
        for _ in range(round(seconds / LOOK_SECONDS)):
            if await asyncio.to_thread(self._store.is_told, number):
                return
            await asyncio.sleep(LOOK_SECONDS)

    async def _work(self, session: aiohttp.ClientSession) -> None:
        while True:
            self._alarm.clear()
            await asyncio.to_thread(self._store.go_on)
            due = await asyncio.to_thread(self._store.lease_reports)
            await asyncio.gather(*(self._deliver(session, report) for report in due))
            pause = await asyncio.to_thread(self._store.seconds_to_next)
            with suppress(TimeoutError):
                async with asyncio.timeout(min(pause, LONGEST_SLEEP)):
                    await self._alarm.wait()

    async def _deliver(self, session: aiohttp.ClientSession, report: Report) -> None:
        body = report.body.encode()
        headers = {"Content-Type": "application/json", **sign(self._key, CALLBACK, body)}
        try:
            async with session.post(
                report.url, data=body, headers=headers, allow_redirects=False
            ) as answer:
                status = answer.status
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            print(f"cashier.not_told number={report.number} reason={type(error).__name__}")
            return
        if status in SUCCESSES:
            await asyncio.to_thread(self._store.taken, report.report_id)
        else:
            print(f"cashier.not_told number={report.number} status={status}", flush=True)
