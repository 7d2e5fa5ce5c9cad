"""Nothing outlives the supervisor, and nothing that was promised is lost with it."""

from typing import Final

import pytest

from deploy.local.identity import is_alive
from tests.chaos.rest import at_rest
from tests.stack.running import RunningStack, until

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(300)]

PARTS: Final = 10
ENDED_SECONDS: Final = 15.0


async def test_a_killed_supervisor_leaves_no_process_and_the_next_start_finds_all_data(
    chaos_stack: RunningStack,
) -> None:
    processes = chaos_stack.processes()
    assert len(processes) == PARTS
    await chaos_stack.kill_supervisor()
    await until(lambda: not any(map(is_alive, processes.values())), ENDED_SECONDS)

    await chaos_stack.start()
    assert len(chaos_stack.processes()) == PARTS
    await at_rest(chaos_stack)
