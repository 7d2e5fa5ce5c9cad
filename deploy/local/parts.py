"""What the supervisor can start: programs that stay, and steps that end."""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from signal import Signals
from typing import Final, Protocol

import aiohttp

from deploy.local.child import Child
from deploy.local.errors import LocalError
from deploy.local.options import ROOT

START_SECONDS: Final = 60.0
STOP_SECONDS: Final = 25.0
ASK_SECONDS: Final = 2.0
PAUSE_SECONDS: Final = 0.1


class Part(Protocol):
    """A part of the stack. PostgreSQL and the brokers are such, as are the classes below."""

    @property
    def child(self) -> Child | None:
        """Return the running program; None for what is not running or has ended well."""

    async def start(self) -> None:
        """Start it and return when it is ready. Raises LocalError with the reason."""

    async def stop(self) -> None:
        """Stop it in order; does nothing if it does not run."""


@dataclass
class Program:
    """A program of ours that serves until it is told to stop; ready when `ready_url` says 200."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    ready_url: str
    on_line: Callable[[str], None] | None = None
    stop_seconds: float = STOP_SECONDS
    child: Child | None = None

    async def start(self) -> None:
        """Start the program and wait until it is ready."""
        self.child = await Child.start(
            self.command, on_line=self.on_line, environment=self.environment, folder=ROOT
        )
        deadline = time.monotonic() + START_SECONDS
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(ASK_SECONDS)) as session:
            while not await self._is_ready(session):
                if not self.child.running:
                    code = await self.child.ended()
                    raise LocalError(f"{self.name} ended with {code}:\n{self.child.tail()}")
                if time.monotonic() > deadline:
                    await self.stop()
                    raise LocalError(
                        f"{self.name} was not ready after {START_SECONDS:.0f} s:\n"
                        f"{self.child.tail()}"
                    )
                await asyncio.sleep(PAUSE_SECONDS)

    async def stop(self) -> None:
        """Let the program finish what it is doing, and end."""
        if self.child is not None and self.child.running:
            await self.child.stop(Signals.SIGTERM, patience=self.stop_seconds)

    async def _is_ready(self, session: aiohttp.ClientSession) -> bool:
        try:
            async with session.get(self.ready_url) as answer:
                return answer.status == 200  # noqa: PLR2004 - HTTP's own word for "yes"
        except (aiohttp.ClientError, TimeoutError):
            return False


@dataclass
class Step:
    """A program that does one thing and ends; the stack goes on only if it ended well."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    on_line: Callable[[str], None] | None = None
    child: Child | None = None

    async def start(self) -> None:
        """Run the program to its end."""
        done = await Child.run(
            self.command, on_line=self.on_line, environment=self.environment, folder=ROOT
        )
        if not done.succeeded:
            raise LocalError(f"{self.name} failed with {done.process.returncode}:\n{done.tail()}")

    async def stop(self) -> None:
        """Do nothing: an interrupted step has been killed with its `start`."""


@dataclass(frozen=True)
class Entry:
    """A part by its name, the port that it listens on, and whose restart it follows."""

    name: str
    part: Part
    port: int | None = None
    restart_with: tuple[str, ...] = ()


Stages = tuple[tuple[Entry, ...], ...]
