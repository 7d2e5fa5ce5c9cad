"""The process: its command line, its port, its orderly end."""

import asyncio
import json
import os
import signal
import socket
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Final

import aiohttp
import pytest

from shared.http.server import run_service
from tests.http.example.__main__ import ExampleSettings, build_app

ROOT: Final = Path(__file__).parents[2]
PROGRAM: Final = (sys.executable, "-W", "error", "-m", "tests.http.example")


async def start(**environment: str) -> Process:
    return await asyncio.create_subprocess_exec(
        *PROGRAM,
        cwd=ROOT,
        env=os.environ | environment,
        stdout=PIPE,
        stderr=PIPE,
    )


async def end(process: Process) -> tuple[int | None, str]:
    async with asyncio.timeout(10):
        output, errors = await process.communicate()
    return process.returncode, (output + errors).decode()


@pytest.fixture
async def running(find_port: Callable[[], int]) -> AsyncIterator[tuple[Process, str]]:
    port = find_port()
    process = await start(EXAMPLE_PORT=str(port))
    url = f"http://127.0.0.1:{port}"
    try:
        async with asyncio.timeout(10), aiohttp.ClientSession() as session:
            while True:
                try:
                    async with session.get(f"{url}/readyz"):
                        break
                except aiohttp.ClientConnectionError:
                    await asyncio.sleep(0.05)
        yield process, url
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


def test_help_can_be_used_by_a_stranger(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end_of_program:
        run_service(build_app, ExampleSettings, "An example.", ["--help"])
    text = capsys.readouterr().out
    assert end_of_program.value.code == 0
    assert "An example." in text
    assert "--role" in text
    assert ".env.example" in text


async def test_a_port_that_is_taken_is_one_clear_sentence() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        code, text = await end(await start(EXAMPLE_PORT=str(port)))
    assert code == 1
    assert text.splitlines()[-1] == (
        f"example can't listen on 127.0.0.1:{port}: another program uses the port."
    )


def test_a_wrong_setting_is_one_clear_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EXAMPLE_PORT", "many")
    with pytest.raises(SystemExit) as end_of_program:
        run_service(build_app, ExampleSettings, "An example.", [])
    sentence = str(end_of_program.value.code)
    assert sentence.startswith("A setting is wrong: port: ")
    assert len(sentence.splitlines()) == 1


async def test_a_request_in_flight_is_answered_before_the_process_ends(
    running: tuple[Process, str],
) -> None:
    process, url = running
    async with aiohttp.ClientSession() as session:
        slow = asyncio.create_task(session.get(f"{url}/slow"))
        async with asyncio.timeout(5):
            assert process.stderr is not None
            while b"example.slow_began" not in await process.stderr.readline():
                pass
        process.send_signal(signal.SIGTERM)
        async with await slow as answer:
            assert (answer.status, await answer.text()) == (200, "done")
        with pytest.raises(aiohttp.ClientConnectionError):
            await session.get(f"{url}/healthz")
    code, text = await end(process)
    assert code == 0
    assert text.index("example.afterthought") < text.index("example.closed")
    assert "service.stopped" in text


async def test_each_request_has_its_line_in_the_log_up_to_the_end(
    running: tuple[Process, str],
) -> None:
    process, url = running
    ids = [f"request-{number}" for number in range(30)]
    async with aiohttp.ClientSession() as session:

        async def ask(request_id: str) -> None:
            headers = {"X-Request-Id": request_id, "traceparent": f"00-{'a' * 32}-{'b' * 16}-01"}
            async with session.get(f"{url}/v1/nowhere", headers=headers) as answer:
                assert answer.headers["X-Request-Id"] == request_id

        await asyncio.gather(*map(ask, ids))
    process.send_signal(signal.SIGTERM)
    code, text = await end(process)
    lines = [json.loads(line) for line in text.splitlines()]
    requests = [line for line in lines if line.get("route") == "unmatched"]
    assert code == 0
    assert sorted(line["request_id"] for line in requests) == sorted(ids)
    assert {(line["event"], line["status"], line["trace_id"]) for line in requests} == {
        ("http.request", 404, "a" * 32)
    }
    assert all(line["ms"] >= 0 for line in requests)
    assert lines[-1]["event"] == "service.stopped"


async def test_several_processes_share_a_port_where_that_is_wanted(
    find_port: Callable[[], int],
) -> None:
    settings = {"EXAMPLE_PORT": str(find_port()), "REUSE_PORT": "true"}
    processes = [await start(**settings) for _ in range(2)]
    try:
        for process in processes:
            assert process.stderr is not None
            async with asyncio.timeout(10):
                while b"service.started" not in await process.stderr.readline():
                    assert process.returncode is None
    finally:
        for process in processes:
            process.terminate()
            await end(process)
    assert [process.returncode for process in processes] == [0, 0]
