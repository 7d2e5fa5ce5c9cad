"""One started program of the embedded stack."""

import asyncio
import os
from asyncio.subprocess import DEVNULL, PIPE, STDOUT, Process
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from pwd import struct_passwd
from signal import Signals
from typing import Final

from deploy.local.guard import guarded, parent_death_helper
from deploy.local.watchdog import WATCHDOG

LINE_LIMIT: Final = 256 * 1024
LINES_KEPT: Final = 60


@dataclass
class Child:
    """A running program: its process, and the last lines that it printed."""

    process: Process
    last_lines: deque[str] = field(default_factory=lambda: deque(maxlen=LINES_KEPT))
    _pump: "asyncio.Task[None] | None" = None

    @classmethod
    async def start(
        cls,
        command: Sequence[str],
        *,
        on_line: Callable[[str], None] | None = None,
        environment: Mapping[str, str] | None = None,
        folder: Path | None = None,
        on_death: Signals = Signals.SIGKILL,
        user: struct_passwd | None = None,
    ) -> "Child":
        """Start a program in a session of its own, so that a terminal's Ctrl-C passes it by.

        `on_line` is told each line of its output. `on_death` is what the program gets when this
        process dies first.
        """
        process = await asyncio.create_subprocess_exec(
            *guarded(command, on_death=on_death, user=user),
            stdin=DEVNULL,
            stdout=PIPE,
            stderr=STDOUT,
            env=None if environment is None else dict(environment),
            cwd=folder,
            limit=LINE_LIMIT,
            start_new_session=True,
        )
        if parent_death_helper() is None:
            WATCHDOG.watch(process.pid, on_death)
        child = cls(process)
        child._pump = asyncio.create_task(child._read(on_line))
        return child

    @classmethod
    async def run(
        cls,
        command: Sequence[str],
        *,
        on_line: Callable[[str], None] | None = None,
        environment: Mapping[str, str] | None = None,
        folder: Path | None = None,
        user: struct_passwd | None = None,
    ) -> "Child":
        """Run a program to its end; when this call is cancelled, the program is killed."""
        child = await cls.start(
            command, on_line=on_line, environment=environment, folder=folder, user=user
        )
        try:
            await child.ended()
        finally:
            if child.running:
                child.kill()
        return child

    @property
    def running(self) -> bool:
        """Tell whether the program has not ended yet."""
        return self.process.returncode is None

    async def ended(self) -> int:
        """Wait for the end of the program and of its output; return its exit code."""
        code = await self.process.wait()
        WATCHDOG.forget(self.process.pid)
        if self._pump is not None:
            # A grandchild may hold the pipe open for longer than the program itself lives.
            await asyncio.wait({self._pump}, timeout=1.0)
            self._pump.cancel()
        return code

    async def stop(self, first: Signals, *, patience: float) -> int:
        """Ask the program to end by `first`, kill it after `patience` seconds; return its code."""
        with suppress(ProcessLookupError):
            self.process.send_signal(first)
        try:
            async with asyncio.timeout(patience):
                return await self.ended()
        except TimeoutError:
            self.kill()
            return await self.ended()

    def kill(self) -> None:
        """End the program and all that it started, at once."""
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, Signals.SIGKILL)

    @property
    def succeeded(self) -> bool:
        """Tell whether the program has ended well."""
        return self.process.returncode == 0

    def tail(self, lines: int = 8) -> str:
        """Return the last lines that the program printed."""
        return "\n".join(list(self.last_lines)[-lines:])

    async def _read(self, on_line: Callable[[str], None] | None) -> None:
        stream = self.process.stdout
        while stream is not None:
            try:
                raw = await stream.readline()
            except ValueError:  # a line above the limit: the stream has dropped what it held
                continue
            if not raw:
                return
            line = raw.decode("utf-8", "replace").rstrip()
            if line:
                self.last_lines.append(line)
                if on_line is not None:
                    on_line(line)
