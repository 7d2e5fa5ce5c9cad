"""Waiting until a stack that was disturbed is at rest, and all that is promised holds."""

import asyncio
import time
from typing import Final

import asyncpg

from deploy.verify.invariants import violations
from deploy.verify.notices import Letter, caught_letters, without_repetitions
from tests.stack.running import RunningStack

DRAIN_SECONDS: Final = 60.0
SHOWN: Final = 12


def letters_of(stack: RunningStack) -> list[Letter]:
    """Return the letters about orders that the stack's mail server took."""
    return caught_letters(stack.options.data_dir / "inbox")


async def at_rest(stack: RunningStack) -> float:
    """Wait until no promise is broken; return the seconds that it took, fail after sixty."""
    began = time.monotonic()
    while found := await _violations(stack):
        waited = time.monotonic() - began
        if waited > DRAIN_SECONDS:
            lines = [f"{name}: {line}" for name, all_ in found.items() for line in all_[:SHOWN]]
            raise AssertionError("\n".join([f"not at rest after {waited:.0f} s:", *lines]))
        await asyncio.sleep(0.5)
    return time.monotonic() - began


async def _violations(stack: RunningStack) -> dict[str, list[str]]:
    letters = without_repetitions(letters_of(stack))
    conn = await asyncpg.connect(stack.database_url)
    try:
        async with conn.transaction(isolation="repeatable_read", readonly=True):
            return await violations(conn, letters)
    finally:
        await conn.close()
