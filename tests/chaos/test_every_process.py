"""Each process of the platform is killed while visitors go on; it recovers by itself."""

import asyncio
import time
from typing import Final

import pytest

from tests.chaos.journeys import Journeys
from tests.chaos.rest import at_rest
from tests.stack.running import RunningStack

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(300)]

PROCESSES: Final = (
    "postgres",
    "broker",
    "inbox",
    "cashier",
    "accounts",
    "venues",
    "bookings",
    "notifications",
    "statistics",
    "web",
)
WELL_AGAIN_SECONDS: Final = 45.0
# In the middle of what a journey does, which takes half a second at least.
INTO_THE_NEXT: Final = 0.2


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
