"""Starting a supervisor with fake programs, and looking at what it does."""

import asyncio
import json
import os
import random
import sys
import time
from asyncio.subprocess import PIPE, STDOUT, Process
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from deploy.local.options import BASE_PORTS, ROOT, Ports
from deploy.local.ports import is_free

FAKE_STACK = Path(__file__).with_name("fake_stack.py")
TWO_PARTS = [["first", "accounts", "", ""], ["second", "venues", "first", ""]]


def free_offset() -> int:
    while True:
        # Below the ports that the system gives to whoever asks for any.
        offset = random.randrange(5_001, 13_600, 17)
        if all(is_free(Ports(offset).of(name)) for name in BASE_PORTS):
            return offset


async def until(condition: Callable[[], Any], seconds: float = 10.0) -> Any:
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, "waited in vain"
        await asyncio.sleep(0.02)
    return found


@dataclass
class FakeStack:
    folder: Path
    parts: list[list[str]] = field(default_factory=lambda: TWO_PARTS)
    with_parent: bool = False
    path: str = os.environ["PATH"]
    port_offset: int = field(default_factory=free_offset)
    lines: list[str] = field(default_factory=list)
    process: Process | None = None
    reader: "asyncio.Task[None] | None" = None

    @property
    def data_dir(self) -> Path:
        return self.folder / "the data"

    @property
    def journal(self) -> list[str]:
        file = self.folder / "journal"
        return file.read_text().splitlines() if file.exists() else []

    @property
    def command(self) -> list[str]:
        plan = {
            "data_dir": str(self.data_dir),
            "port_offset": self.port_offset,
            "journal": str(self.folder / "journal"),
            "with_parent": self.with_parent,
            "parts": self.parts,
        }
        return [sys.executable, str(FAKE_STACK), json.dumps(plan)]

    async def start(self) -> Process:
        environment = {**os.environ, "PATH": self.path, "PYTHONPATH": str(ROOT)}
        self.process = await asyncio.create_subprocess_exec(
            *self.command, stdout=PIPE, stderr=STDOUT, env=environment, start_new_session=True
        )
        self.reader = asyncio.create_task(self._read(self.process))
        return self.process

    async def ready(self) -> Process:
        process = await self.start()
        await until(lambda: self.says("ready: "))
        return process

    async def ended(self) -> int:
        assert self.process is not None
        assert self.reader is not None
        async with asyncio.timeout(15):
            await self.reader
            return await self.process.wait()

    def says(self, words: str) -> bool:
        return any(words in line for line in self.lines)

    def pids(self) -> dict[str, int]:
        state = json.loads((self.data_dir / "stack.json").read_text())
        return {name: part["pid"] for name, part in state["processes"].items() if part["pid"]}

    async def replaced(self, name: str, pid: int) -> None:
        await until(lambda: self.pids().get(name, pid) != pid)

    async def _read(self, process: Process) -> None:
        assert process.stdout is not None
        async for line in process.stdout:
            self.lines.append(line.decode().rstrip())
