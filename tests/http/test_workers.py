"""Several processes behind one port: two answer, a dead one is replaced, all end together."""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Final, TypeAlias

import aiohttp
import psutil
import pytest

from shared.http.server import run_service
from tests.http.example.__main__ import ExampleSettings, build_app

ROOT: Final = Path(__file__).parents[2]
PROGRAM: Final = (sys.executable, "-W", "error", "-m", "tests.http.example")


class Service:
    """The example with two workers, in a session of its own."""

    def __init__(self, process: Process, url: str) -> None:
        self.process = process
        self.url = url

    async def ask(self, path: str) -> str:
        """Ask on a connection of its own, so that the kernel chooses the worker anew."""
        async with aiohttp.ClientSession() as session, session.get(f"{self.url}{path}") as answer:
            return await answer.text()

    async def workers(self, *, without: int | None = None) -> set[int]:
        """Ask until two workers have answered."""
        seen: set[int] = set()
        async with asyncio.timeout(10):
            while len(seen) < 2:
                try:
                    seen.add(int(await self.ask("/process")))
                except aiohttp.ClientConnectionError:
                    await asyncio.sleep(0.05)
                seen.discard(without or 0)
        return seen

    async def end(self) -> tuple[int | None, str]:
        async with asyncio.timeout(10):
            output, errors = await self.process.communicate()
        return self.process.returncode, (output + errors).decode()


Start: TypeAlias = Callable[..., Awaitable[Service]]


@pytest.fixture
async def start(find_port: Callable[[], int]) -> AsyncIterator[Start]:
    async with AsyncExitStack() as stack:

        async def begin(*arguments: str, **environment: str) -> Service:
            port = environment.setdefault("EXAMPLE_PORT", str(find_port()))
            process = await asyncio.create_subprocess_exec(
                *PROGRAM,
                *(arguments or ("--workers", "2")),
                cwd=ROOT,
                env=os.environ | environment,
                stdout=PIPE,
                stderr=PIPE,
                start_new_session=True,
            )
            stack.push_async_callback(_clear_away, process)
            return Service(process, f"http://127.0.0.1:{port}")

        yield begin


async def _clear_away(process: Process) -> None:
    if process.returncode is None:
        process.kill()
        await process.communicate()


def lives(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


async def all_gone(*pids: int) -> None:
    async with asyncio.timeout(5):
        for pid in pids:
            # Nobody tells a stranger of a process's end.
            while lives(pid):  # noqa: ASYNC110
                await asyncio.sleep(0.02)


async def test_two_workers_answer_at_one_port(start: Start) -> None:
    service = await start()
    workers = await service.workers()
    assert workers == {child.pid for child in psutil.Process(service.process.pid).children()}


async def test_the_setting_is_enough(start: Start) -> None:
    service = await start("--role", "all", WORKERS="2")
    assert len(await service.workers()) == 2


async def test_a_killed_worker_is_replaced(start: Start) -> None:
    service = await start()
    victim, other = await service.workers()
    os.kill(victim, signal.SIGKILL)
    workers = await service.workers(without=victim)
    assert other in workers
    assert victim not in workers
    service.process.terminate()
    code, text = await service.end()
    assert code == 0
    assert '"event":"worker.ended"' in text


async def test_sigterm_lets_requests_in_flight_finish_and_ends_all(start: Start) -> None:
    service = await start()
    workers = await service.workers()
    slow = [asyncio.create_task(service.ask("/slow")) for _ in range(8)]
    await asyncio.sleep(0.2)
    service.process.terminate()
    assert await asyncio.gather(*slow) == ["done"] * 8
    code, text = await service.end()
    assert code == 0
    assert text.count("service.stopped") == 2
    assert text.count("example.closed") == 2
    await all_gone(*workers)


async def test_ctrl_c_leaves_nothing_behind(start: Start) -> None:
    service = await start()
    workers = await service.workers()
    # As a terminal does: every process of the group hears it.
    os.killpg(service.process.pid, signal.SIGINT)
    code, text = await service.end()
    assert code == 0
    assert "Traceback" not in text
    await all_gone(*workers)


async def test_a_second_ctrl_c_does_not_wait_for_requests(start: Start) -> None:
    service = await start()
    workers = await service.workers()
    slow = asyncio.create_task(service.ask("/slow?seconds=30"))
    await asyncio.sleep(0.2)
    service.process.terminate()
    await asyncio.sleep(0.2)
    service.process.send_signal(signal.SIGINT)
    code, _ = await service.end()
    assert code == 1
    with pytest.raises(aiohttp.ClientError):
        await slow
    await all_gone(*workers)


async def test_workers_do_not_outlive_a_killed_parent(start: Start) -> None:
    service = await start()
    workers = await service.workers()
    service.process.kill()
    await all_gone(*workers)


async def test_a_taken_port_is_one_clear_sentence(start: Start) -> None:
    first = await start()
    await first.workers()
    second = await start(EXAMPLE_PORT=first.url.rpartition(":")[2])
    code, text = await second.end()
    assert code == 1
    address = first.url.removeprefix("http://")
    assert text.splitlines()[-1] == (
        f"example can't listen on {address}: another program uses the port."
    )
    assert "worker" not in text


async def test_a_service_that_can_not_start_says_so_once_and_ends(start: Start) -> None:
    service = await start(EXAMPLE_KETTLES_AWAY="true")
    code, text = await service.end()
    assert code == 1
    assert text.count("example can't start: something that it needs is away") == 1


async def test_any_free_port_is_one_port_for_all(start: Start) -> None:
    service = await start(EXAMPLE_PORT="0", LOG_FORMAT="console")
    ports: list[str] = []
    assert service.process.stderr is not None
    async with asyncio.timeout(10):
        while len(ports) < 2:
            line = (await service.process.stderr.readline()).decode()
            assert line
            if "service.started" in line:
                ports.append(line.partition("port=")[2].split()[0])
    assert ports[0] == ports[1] != "0"


async def test_each_worker_shows_its_own_figures_under_its_number(start: Start) -> None:
    service = await start()
    await service.workers()
    text = await service.ask("/metrics")
    line = next(line for line in text.splitlines() if line.startswith("process_open_fds"))
    assert line.startswith(('process_open_fds{worker="1"}', 'process_open_fds{worker="2"}'))


async def test_a_process_alone_has_no_number(start: Start) -> None:
    service = await start("--workers", "1")
    async with asyncio.timeout(10):
        while True:
            try:
                assert "worker=" not in await service.ask("/metrics")
                break
            except aiohttp.ClientConnectionError:
                await asyncio.sleep(0.05)
    assert psutil.Process(service.process.pid).children() == []


@pytest.mark.parametrize("count", ["0", "65", "two", "-1", "٢"])
def test_a_senseless_number_of_workers_is_refused(
    count: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as end_of_program:
        run_service(build_app, ExampleSettings, "An example.", [f"--workers={count}"])
    assert end_of_program.value.code == 2
    assert "must be a number from 1 to 64" in capsys.readouterr().err
