"""`python -m deploy.local.demo`: load the demo district into the running stack, once a week."""

import asyncio
import os
import sys
import time
from collections.abc import Sequence
from datetime import date
from typing import Final

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from deploy.local.demo.api import Api, connected
from deploy.local.demo.district import Demo, read_demo
from deploy.local.demo.listings import Desk, Listed, publish
from deploy.local.demo.loaded import (
    coming_saturday,
    has_history,
    is_loaded,
    note_history,
    note_loaded,
)
from deploy.local.demo.photos import show_photos
from deploy.local.demo.sessions import OFFICE, Sessions
from deploy.local.demo.visits import count_orders, fill_weekend, record_past
from deploy.local.errors import LocalError
from deploy.local.options import Options
from shared.core.clock import SystemClock, today
from shared.core.errors import Unavailable

WELL_KNOWN_OFFICE: Final = "office@xiangyou.example"
# Whoever tries the demo at once can ask for a code of their own: one in half a minute.
CODE_AGAIN_AFTER: Final = 31.0
HEARD_WITHIN: Final = 60.0
FILLED_WITHIN: Final = 90.0


def main() -> int:
    """Load what is missing, with a progress bar; return the exit code."""
    options = Options.from_environment(os.environ)
    day = today(SystemClock())
    if is_loaded(options.data_dir, day):
        print("the demo district is loaded")
        return 0
    try:
        asyncio.run(_load(options, day))
    except (LocalError, Unavailable, TimeoutError) as error:
        reason = str(error) or "the services took too long"
        print(f"the demo district could not be loaded: {reason}. Try again.", file=sys.stderr)
        return 1
    note_loaded(options.data_dir, day)
    return 0


async def _load(options: Options, day: date) -> None:
    demo, saturday = read_demo(), coming_saturday(day)
    progress = Progress(
        TextColumn("{task.description:<22}"),
        BarColumn(),
        MofNCompleteColumn(),
        console=Console(file=sys.stdout),
    )
    async with connected(options) as api:
        with progress:
            sessions = Sessions(api, options.data_dir)
            office = await sessions.of(OFFICE)
            task = progress.add_task(
                "villages and venues", total=len(demo.villages) + len(demo.venues)
            )
            desk = Desk(api, sessions, office, day)
            listed = await publish(desk, demo, lambda: progress.advance(task))
            # Drawing takes a while, and nothing else waits for it.
            photos = asyncio.create_task(show_photos(desk, demo))
            enrolled_at = await _enrol(api, _staff(demo))
            await _until_on_sale(api, listed, saturday)
            if not has_history(options.data_dir):
                task = progress.add_task("visits of past weeks", total=1)
                number = await record_past(api, listed, office, day)
                progress.update(task, total=number, completed=number)
                note_history(options.data_dir)
            task = progress.add_task("the coming weekend", total=count_orders(listed, saturday))
            try:
                async with asyncio.timeout(FILLED_WITHIN):
                    await fill_weekend(
                        api, sessions, listed, saturday, lambda: progress.advance(task)
                    )
            except TimeoutError:
                print("the weekend's last letters are still on their way")
            await photos
        await asyncio.sleep(max(0.0, enrolled_at + CODE_AGAIN_AFTER - time.monotonic()))


def _staff(demo: Demo) -> list[str]:
    """Return the well-known addresses by which people try what the office and operators do."""
    return [WELL_KNOWN_OFFICE, *(organisation.member for organisation in demo.organisations)]


async def _enrol(api: Api, names: Sequence[str]) -> float:
    """Let those in who have no authenticator, and set it up; return when a code was last sent."""
    missing = [name for name in names if not api.authenticators.knows(name)]
    for name in missing:
        await api.join({"email": name})
    return time.monotonic() if missing else -CODE_AGAIN_AFTER


async def _until_on_sale(api: Api, listed: Sequence[Listed], saturday: date) -> None:
    """Wait until bookings has heard of everything that opens on the coming Saturday."""
    expected = {one.offering_id for one in listed if saturday.isoweekday() in one.offering.weekdays}
    async with asyncio.timeout(HEARD_WITHIN):
        while True:
            answer = await api.call(
                "bookings",
                "GET",
                "/v1/availability",
                params={"offering": sorted(expected), "from": saturday, "to": saturday},
            )
            if {item["offering_id"] for item in answer["items"]} == expected:
                return
            await asyncio.sleep(0.2)


if __name__ == "__main__":
    sys.exit(main())
