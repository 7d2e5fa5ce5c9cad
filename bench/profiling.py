"""Where the time goes: py-spy looks at the service's processes while they are measured."""

import asyncio
from asyncio.subprocess import DEVNULL
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from bench.run import Run

RATE: Final = 200


@asynccontextmanager
async def profiled(run: Run, name: str, *, seconds: int) -> AsyncIterator[None]:
    """Draw a flame graph of the service that runs, if that was asked for.

    It is written to `<folder>/<name>.svg`, and the collapsed stacks beside it. Looking costs the
    processes a few percent, so that the figures of such a run are not for keeping.
    """
    folder, parent = run.options.profile, run.stack.service_pid
    if folder is None or parent is None:
        yield
        return
    folder.mkdir(parents=True, exist_ok=True)
    forms = {"flamegraph": folder / f"{name}.svg", "raw": folder / f"{name}.txt"}
    viewers = [
        await asyncio.create_subprocess_exec(
            *("py-spy", "record", "--subprocesses", "--nonblocking", f"--rate={RATE}"),
            *(f"--duration={max(1, seconds - 1)}", f"--format={form}"),
            *(f"--output={path}", f"--pid={parent}"),
            stdout=DEVNULL,
            stderr=DEVNULL,
        )
        for form, path in forms.items()
    ]
    try:
        yield
    finally:
        for viewer in viewers:
            await viewer.wait()
