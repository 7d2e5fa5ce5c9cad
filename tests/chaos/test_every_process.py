"""Each process of the platform is killed while visitors go on; it recovers by itself."""

import asyncio
import io
import time
from typing import Final

import pytest
from rich.console import Console

from deploy.local.demo.journey import run
from deploy.local.demo.story import StepFailedError, Story
from deploy.local.errors import LocalError
from shared.core.errors import Unavailable
from tests.chaos.rest import at_rest
from tests.stack.running import RunningStack

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(150)]

PROCESSES: Final = (
    "postgres",
    "broker",
    "inbox",
    "accounts",
    "venues",
    "bookings",
    "notifications",
    "statistics",
    "web",
)
WELL_AGAIN_SECONDS: Final = 45.0
# In the middle of what a journey does, which takes one or two seconds.
INTO_THE_NEXT: Final = 0.4


class Journeys:
    """Journeys, one after the other; remembers which passed and why others did not."""

    def __init__(self, stack: RunningStack) -> None:
        self.stack = stack
        self.told: list[str] = []

    async def one(self) -> bool:
        """Take one journey; tell whether it passed. Anything but a failed step is an error."""
        told = io.StringIO()
        began = time.monotonic()
        try:
            await run(self.stack.options, Story(Console(file=told, width=100), began))
        except (StepFailedError, LocalError, Unavailable, TimeoutError) as error:
            self.told.append(f"failed after {time.monotonic() - began:.1f} s: {error!r}")
            return False
        self.told.append(f"passed in {time.monotonic() - began:.1f} s")
        return True

    async def until_one_passes(self, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while not await self.one():
            if time.monotonic() > deadline:
                raise AssertionError("\n".join(["no journey passes:", *self.told]))
            await asyncio.sleep(0.2)


@pytest.mark.parametrize("name", PROCESSES)
async def test_journeys_pass_again_after_a_process_was_killed(
    chaos_stack: RunningStack, name: str
) -> None:
    journeys = Journeys(chaos_stack)
    await journeys.until_one_passes(WELL_AGAIN_SECONDS)
    under_way = asyncio.create_task(journeys.one())
    await asyncio.sleep(INTO_THE_NEXT)

    killed_at = time.monotonic()
    victim = chaos_stack.kill(name)
    await under_way
    await journeys.until_one_passes(WELL_AGAIN_SECONDS - (time.monotonic() - killed_at))
    well_again = time.monotonic() - killed_at
    await chaos_stack.whole(victim)
    rest = await at_rest(chaos_stack)
    told = "; ".join(journeys.told)
    print(f"{name}: well again after {well_again:.1f} s, at rest {rest:.1f} s later ({told})")  # noqa: T201
