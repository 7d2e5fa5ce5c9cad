"""The stack as people use it: the journey, and a second stack beside the first."""

import asyncio
import os
import sys
from asyncio.subprocess import PIPE, STDOUT
from pathlib import Path

import pytest

from deploy.local.identity import is_alive
from deploy.local.options import ROOT, Options
from tests.stack.running import RunningStack, running_stack

pytestmark = [pytest.mark.stack, pytest.mark.timeout(300)]


async def command(module: str, *arguments: str, options: Options) -> tuple[int | None, str]:
    """Run one of the stack's commands, as make does."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", module, *arguments),
        stdout=PIPE,
        stderr=STDOUT,
        cwd=ROOT,
        env={
            **os.environ,
            "DATA_DIR": str(options.data_dir),
            "PORT_OFFSET": str(options.port_offset),
        },
    )
    output, _ = await process.communicate()
    return process.returncode, output.decode()


async def test_the_journey_passes_and_says_so(demo_stack: RunningStack) -> None:
    code, told = await command("deploy.local.demo.journey", options=demo_stack.options)
    assert code == 0, told
    assert "✓ the whole journey in" in told.splitlines()[-1]


async def test_the_journey_fails_loudly_where_nothing_is_on_sale_or_nothing_runs(
    demo_stack: RunningStack, tmp_path: Path
) -> None:
    async with running_stack(tmp_path / "a folder", seed=False) as empty:
        code, told = await command("deploy.local.demo.journey", options=empty.options)
        assert (code, "nothing is on sale" in told) == (1, True), told

        status, table = await command("deploy.local", "status", options=empty.options)
        assert status == 0
        assert empty.url("web") in table
        assert demo_stack.is_ready()

        processes = empty.processes().values()
        assert await command("deploy.local", "down", options=empty.options) == (0, "Stopped.\n")
        assert not any(map(is_alive, processes))
        assert all(map(is_alive, demo_stack.processes().values()))

    code, told = await command("deploy.local.demo.journey", options=empty.options)
    assert (code, "✗" in told, "Traceback" in told) == (1, True, False), told
