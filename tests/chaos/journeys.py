"""`make demo-journey`, one after the other, while things break."""

import asyncio
import io
import time

from rich.console import Console

from deploy.local.demo.journey import booking, run
from deploy.local.demo.story import StepFailedError, Story
from deploy.local.errors import LocalError
from shared.core.errors import Unavailable
from tests.stack.running import RunningStack


class Journeys:
    """Journeys through one stack; remembers which passed and why others did not."""

    def __init__(self, stack: RunningStack) -> None:
        self.stack = stack
        self.told: list[str] = []

    async def one(self) -> bool:
        """Take one journey; tell whether it passed. Anything but a failed step is an error."""
        began = time.monotonic()
        try:
            story = Story(Console(file=io.StringIO()), began)
            await run(self.stack.options, story, booking)
        except (StepFailedError, LocalError, Unavailable, TimeoutError) as error:
            self.told.append(f"failed after {time.monotonic() - began:.1f} s: {error!r}")
            return False
        self.told.append(f"passed in {time.monotonic() - began:.1f} s")
        return True

    async def until_one_passes(self, seconds: float) -> None:
        """Take journeys until one passes; fail, with what they told, when none does in time."""
        deadline = time.monotonic() + seconds
        while not await self.one():
            if time.monotonic() > deadline:
                raise AssertionError("\n".join(["no journey passes:", *self.told]))
            await asyncio.sleep(0.2)
