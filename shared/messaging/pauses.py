"""Waiting that ends early when there is a reason to."""

import asyncio
from random import uniform


async def pause(seconds: float, *reasons: asyncio.Event) -> None:
    """Wait for `seconds`, or until one of `reasons` is set."""
    waits = [asyncio.ensure_future(reason.wait()) for reason in reasons]
    try:
        await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()


class Backoff:
    """Pauses that double up to a limit, with a little chance, so that processes spread out."""

    def __init__(self, first: float, longest: float) -> None:
        self._first = first
        self._longest = longest
        self._next = first

    def next(self) -> float:
        """Return the next pause in seconds."""
        seconds = self._next * uniform(0.8, 1.2)  # noqa: S311 - spreads load, hides nothing
        self._next = min(self._next * 2, self._longest)
        return seconds

    def reset(self) -> None:
        """Begin anew after a success."""
        self._next = self._first
