import asyncio
import errno
import os
import shutil
import socket
import sys
from asyncio.subprocess import PIPE, STDOUT
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace

import pytest

from deploy.local.__main__ import main
from deploy.local.errors import LocalError
from deploy.local.options import ROOT
from deploy.local.preflight import check_room, sentence
from tests.local.stacks import free_offset


async def run(*arguments: str, **environment: str) -> tuple[int, str]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "deploy.local", *arguments),
        stdout=PIPE,
        stderr=STDOUT,
        env={**os.environ, **environment},
        cwd=ROOT,
    )
    output, _ = await process.communicate()
    assert process.returncode is not None
    return process.returncode, output.decode()


async def test_a_taken_port_is_named_with_an_offset_that_works(tmp_path: Path) -> None:
    offset = free_offset()
    with socket.create_server(("127.0.0.1", 8103 + offset)):
        code, output = await run("up", PORT_OFFSET=str(offset), DATA_DIR=str(tmp_path))

    assert code == 1
    begin, _, advised = output.rpartition("PORT_OFFSET=")
    assert begin == (
        f"Port {8103 + offset} (bookings) is in use by another program: stop it, or try "
    )
    assert int(advised.strip().rstrip(".")) > offset


@pytest.mark.parametrize(
    ("environment", "words"),
    [
        ({"PORT_OFFSET": "many"}, "PORT_OFFSET is 'many'; it can be a number from 0 to 46442.\n"),
        ({"PORT_OFFSET": "60000"}, "PORT_OFFSET is '60000'; it can be a number from 0 to 46442.\n"),
        ({"BROKER": "rabbit"}, "BROKER is 'rabbit'; it can be embedded or apache.\n"),
        ({"SEED": "maybe"}, "SEED is 'maybe'; it can be 0 or 1.\n"),
    ],
)
def test_a_nonsense_choice_is_one_sentence(
    environment: Mapping[str, str],
    words: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert main(["up"]) == 1
    assert capsys.readouterr().err == words


def test_status_and_down_say_that_nothing_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    assert main(["status"]) == 3
    assert main(["down"]) == 0
    assert capsys.readouterr().out == f"No stack runs on {tmp_path}.\n" * 2


def test_help_names_the_commands_and_the_variables(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--help"])
    assert ended.value.code == 0
    output = capsys.readouterr().out
    for word in ("up", "status", "down", "exec", "DATA_DIR", "PORT_OFFSET", "BROKER", "SEED"):
        assert word in output


def test_too_little_room_on_the_disk_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=12 * 1024 * 1024))
    with pytest.raises(LocalError, match=r"has 12 MB left, and the stack needs 500 MB"):
        check_room(tmp_path)


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.ENOSPC, "No space left on device"),
        LocalError("PostgreSQL did not start:\ncould not write: No space left on device"),
    ],
)
def test_a_disk_that_fills_up_is_one_sentence(error: LocalError | OSError) -> None:
    told = sentence(error, Path("/there"))
    assert told == "The disk of /there is full: make room, or choose another DATA_DIR."


async def test_exec_gives_a_program_the_settings_of_a_service(tmp_path: Path) -> None:
    show = "import os; print(os.environ['WEB_PUBLIC_URL'], os.environ['SERVICE_SECRET'])"
    command = ("exec", "web", sys.executable, "-c", show)
    code, first = await run(*command, PORT_OFFSET="200", DATA_DIR=str(tmp_path))
    assert code == 0
    assert first.startswith("http://127.0.0.1:8280 ")
    assert (code, first) == await run(*command, PORT_OFFSET="200", DATA_DIR=str(tmp_path))
