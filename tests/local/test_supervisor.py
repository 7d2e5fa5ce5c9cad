import asyncio
import json
import os
import shutil
import signal
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from deploy.local.identity import identify
from deploy.local.options import ROOT
from tests.local.stacks import FakeStack, until

MakeStack = Callable[..., FakeStack]


@pytest.fixture
async def make_stack(tmp_path: Path) -> AsyncIterator[MakeStack]:
    made: list[FakeStack] = []

    def make(**wishes: object) -> FakeStack:
        stack = FakeStack(tmp_path, **wishes)  # type: ignore[arg-type]
        made.append(stack)
        return stack

    yield make
    for stack in made:
        if stack.process is not None and stack.process.returncode is None:
            stack.process.terminate()
            await stack.ended()


async def test_parts_start_in_order_and_stop_in_reverse_order(make_stack: MakeStack) -> None:
    stack = make_stack()
    process = await stack.ready()
    process.send_signal(signal.SIGINT)

    assert await stack.ended() == 0
    assert stack.journal == [
        *("start first", "start second"),
        *("asked second", "stop second", "asked first", "stop first"),
    ]
    ready = f"ready: http://127.0.0.1:{8080 + stack.port_offset}"
    assert ready in stack.lines
    assert "first         first says hello" in stack.lines
    assert (stack.data_dir / "logs" / "first.log").read_text() == "first says hello\n"


async def test_a_killed_part_starts_again_and_those_that_depend_on_it_follow(
    make_stack: MakeStack,
) -> None:
    stack = make_stack()
    await stack.ready()
    before = stack.pids()
    os.kill(before["first"], signal.SIGKILL)

    await until(lambda: set(stack.pids().values()).isdisjoint(before.values()) and stack.pids())
    await until(lambda: len(stack.pids()) == 2)
    assert stack.says("first ended with signal 9; starting it again in 0.5 s")
    assert stack.says("second restarts with first")
    assert "asked second" in stack.journal


async def test_a_part_that_keeps_dying_is_started_after_longer_and_longer_pauses(
    make_stack: MakeStack,
) -> None:
    stack = make_stack(parts=[["only", "accounts", "", ""]])
    await stack.ready()
    for pause in ("0.5", "1"):
        victim = stack.pids()["only"]
        os.kill(victim, signal.SIGKILL)
        await stack.replaced("only", victim)
        assert stack.says(f"starting it again in {pause} s")


@pytest.mark.parametrize("with_kernel", [True, False], ids=["by the kernel", "by the watchdog"])
async def test_nothing_is_left_when_the_supervisor_is_killed(
    make_stack: MakeStack, tmp_path: Path, *, with_kernel: bool
) -> None:
    if with_kernel and shutil.which("setpriv") is None:
        return  # macOS: the watchdog is the only way there
    path = os.environ["PATH"] if with_kernel else str(tmp_path / "without-setpriv")
    stack = make_stack(path=path)
    process = await stack.ready()
    pids = stack.pids()
    assert len(pids) == 2
    process.kill()

    await stack.ended()
    await until(lambda: all(identify(pid) is None for pid in pids.values()))


async def test_the_supervisor_ends_with_the_one_that_started_it(make_stack: MakeStack) -> None:
    stack = make_stack(with_parent=True)
    # A program between us and the supervisor, which is then killed.
    script = "import subprocess, sys; subprocess.run(sys.argv[1:])"
    parent = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", script, *stack.command),
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=asyncio.subprocess.DEVNULL,
    )
    state = stack.data_dir / "stack.json"
    await until(lambda: state.exists() and json.loads(state.read_text())["ready"])
    pids = stack.pids()
    parent.kill()
    await parent.wait()

    await until(lambda: all(identify(pid) is None for pid in pids.values()))
    assert stack.journal[-1] == "stop first"


async def test_a_second_ctrl_c_ends_what_does_not_obey(make_stack: MakeStack) -> None:
    stack = make_stack(parts=[["mule", "accounts", "", "--stubborn"]])
    process = await stack.ready()
    pids = stack.pids()
    process.send_signal(signal.SIGINT)
    await until(lambda: "asked mule" in stack.journal)
    process.send_signal(signal.SIGINT)

    assert await stack.ended() == 130
    await until(lambda: identify(pids["mule"]) is None)


async def test_a_part_that_does_not_start_ends_the_stack_with_its_last_words(
    make_stack: MakeStack,
) -> None:
    stack = make_stack(parts=[["first", "accounts", "", ""], ["second", "venues", "", "--broken"]])
    await stack.start()

    assert await stack.ended() == 1
    assert stack.lines[-3:] == ["second ended with 4:", "second says hello", "the reason why"]
    assert stack.journal[-1] == "stop first"
    assert not stack.says("Traceback")


async def test_two_stacks_do_not_share_a_data_folder(make_stack: MakeStack) -> None:
    stack, other = make_stack(), make_stack()
    process = await stack.ready()
    await other.start()

    assert await other.ended() == 1
    sentence = (
        f"Another stack (process {process.pid}) runs on {stack.data_dir}: "
        "stop it, or choose another DATA_DIR together with a PORT_OFFSET."
    )
    assert other.lines == [sentence]
