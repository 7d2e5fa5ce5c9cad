"""Calls of libraries that block: on a few threads of their own, and never for long."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import ParamSpec, TypeVar

from services.bookings.payments.provider import ProviderAway

_P = ParamSpec("_P")
_T = TypeVar("_T")


class Calls:
    """A bounded number of threads; who waits longer than `seconds` is told that nobody answered.

    A thread that is given up on ends by its own socket's timeout. What it did at the provider is
    found out by asking, which is why everything there has a number of ours.
    """

    def __init__(self, name: str, *, threads: int, seconds: float) -> None:
        self._executor = ThreadPoolExecutor(threads, thread_name_prefix=name)
        self._seconds = seconds

    async def run(self, function: Callable[_P, _T], *arguments: _P.args, **named: _P.kwargs) -> _T:
        """Call a function on a thread, or raise `ProviderAway` when the time is up."""
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(self._seconds):
                return await loop.run_in_executor(
                    self._executor, partial(function, *arguments, **named)
                )
        except TimeoutError as error:
            raise ProviderAway("no answer in time") from error

    async def aclose(self) -> None:
        """Drop what waits, and wait for what runs."""
        await asyncio.to_thread(self._executor.shutdown, cancel_futures=True)
