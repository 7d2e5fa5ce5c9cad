"""`make demo-journey`: what the platform is for, over HTTP, chapter by chapter.

Every step looks for its effect, waits five seconds for it at most, and fails loudly without it.
"""

import asyncio
import os
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace

from rich.console import Console
from yarl import URL

from deploy.local.demo.api import connected
from deploy.local.demo.chapters.closing import close_campsites
from deploy.local.demo.chapters.forgetting import forget
from deploy.local.demo.chapters.leaving_out import leave_out
from deploy.local.demo.chapters.merging import merge
from deploy.local.demo.chapters.opening import open_places
from deploy.local.demo.chapters.planning import plan
from deploy.local.demo.chapters.visiting import visit
from deploy.local.demo.chapters.waiting import wait_in_line
from deploy.local.demo.sessions import OFFICE, Sessions
from deploy.local.demo.steps import Stage
from deploy.local.demo.story import StepFailedError, Story
from deploy.local.environment import SERVICES, StackEnvironment
from deploy.local.errors import LocalError
from deploy.local.keys import Keys
from deploy.local.options import BASE_PORTS, Options
from deploy.local.state import is_running, read_state
from shared.core.errors import Unavailable


async def booking(stage: Stage) -> None:
    """Tell the chapters of booking: from the first search to a place from the waiting list."""
    await visit(stage)
    paid = await plan(stage)
    left = await leave_out(stage, paid)
    await merge(stage, left)
    await wait_in_line(stage)


async def journey(stage: Stage) -> None:
    """Tell all chapters once."""
    await booking(stage)
    opened = await open_places(stage)
    await close_campsites(stage, opened)
    await forget(stage, opened)


async def run(
    options: Options, story: Story, chapters: Callable[[Stage], Awaitable[None]] = journey
) -> None:
    """Do the journey, or some of its chapters, against the running stack."""
    async with connected(options) as api:
        sessions = Sessions(api, options.data_dir)
        office = await sessions.of(OFFICE)
        await chapters(Stage(api, story, office, sessions, databases_of(options)))


def databases_of(options: Options) -> dict[str, str]:
    """Return the address of the stack's database for each service's role."""
    environment = StackEnvironment(options, Keys(options.data_dir / "secrets.json"))
    return {service: environment.database_url(service) for service in SERVICES}


def of_running_stack(options: Options) -> Options:
    """Return the options with the ports of the stack that runs on the same data, if one does."""
    state = read_state(options.data_dir)
    if not state or not is_running(options.data_dir):
        return options
    port = URL(state["url"]).port or options.ports.of("web")
    return replace(options, port_offset=port - BASE_PORTS["web"])


def main() -> int:
    """Do the journey; return 1, and say why, where an effect is missing."""
    options = of_running_stack(Options.from_environment(os.environ))
    story = Story(Console(highlight=False, soft_wrap=True), time.monotonic())
    try:
        asyncio.run(run(options, story))
    except (StepFailedError, LocalError, Unavailable, TimeoutError) as error:
        story.console.print(f"\n[bold red]✗ {type(error).__name__}: {error}[/bold red]")
        return 1
    seconds = time.monotonic() - story.began
    story.console.print(f"\n[bold green]✓ the whole journey in {seconds:.1f} s[/bold green]")
    return 0


if __name__ == "__main__":
    sys.exit(main())
