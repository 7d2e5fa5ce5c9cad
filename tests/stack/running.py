"""One whole stack by the real supervisor, as `make run` starts it, for tests to use or to break."""

import asyncio
import json
import os
import random
import shutil
import signal
import sys
from asyncio.subprocess import STDOUT, Process
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from deploy.local.demo.api import Api, connected
from deploy.local.identity import Identity, is_alive
from deploy.local.options import BASE_PORTS, ROOT, Options, Ports
from deploy.local.ports import is_free

READY_SECONDS: Final = 180.0
STOP_SECONDS: Final = 45.0
LINES_SHOWN: Final = 25
KEPT_LOGS: Final = ROOT / "test-results" / "stack"
# Known to every stack, and left to people by the demo: a code each half minute at most.
OFFICE: Final = "office@xiangyou.example"


def free_offset() -> int:
    """Return an offset whose ports are free, below the ports that the kernel gives to clients.

    A part that is restarted would find its own port in use by a client's connection otherwise.
    """
    while True:
        offset = random.randrange(1_000, 13_600, 20)
        if all(is_free(Ports(offset).of(name)) for name in BASE_PORTS):
            return offset


@dataclass
class RunningStack:
    """A stack on ports and a folder of its own."""

    folder: Path
    seed: bool = True
    port_offset: int = field(default_factory=free_offset)
    process: Process | None = None

    @property
    def options(self) -> Options:
        return Options(self.folder / "data", self.port_offset, seed=self.seed)

    @property
    def database_url(self) -> str:
        """The address of the database for the owner of all schemas."""
        port = self.options.ports.of("postgres")
        return f"postgresql://owner:local@127.0.0.1:{port}/xiangyou"

    @property
    def output(self) -> Path:
        return self.folder / "output.log"

    def url(self, part: str) -> str:
        return self.options.ports.url(part)

    async def start(self) -> None:
        """Start and wait until all is ready; on failure the error ends with the log's end."""
        environment = {
            **os.environ,
            "DATA_DIR": str(self.options.data_dir),
            "PORT_OFFSET": str(self.port_offset),
            "SEED": str(int(self.seed)),
            # A storm of visitors comes from one address here.
            "RATE_LIMIT_SIGN_IN": "1000000/minute",
            "RATE_LIMIT_READ": "1000000/minute",
            "RATE_LIMIT_WRITE": "1000000/minute",
        }
        self.folder.mkdir(parents=True, exist_ok=True)
        with self.output.open("a") as output:
            self.process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "deploy.local", "up", "--with-parent"),
                stdout=output,
                stderr=STDOUT,
                env=environment,
                cwd=ROOT,
                start_new_session=True,
            )
        waiting = asyncio.create_task(self.process.wait())
        try:
            async with asyncio.timeout(READY_SECONDS):
                while not self.is_ready():
                    if waiting.done():
                        raise self._failure(f"ended with {waiting.result()}")
                    await asyncio.sleep(0.1)
        except TimeoutError:
            raise self._failure(f"was not ready within {READY_SECONDS:.0f} s") from None
        finally:
            waiting.cancel()

    async def stop(self) -> int:
        """Stop as Ctrl-C does, by force where that takes too long; return the exit code."""
        if self.process is None:
            return 0
        if self.process.returncode is None:
            self.process.send_signal(signal.SIGINT)
            try:
                async with asyncio.timeout(STOP_SECONDS):
                    await self.process.wait()
            except TimeoutError:
                self.process.send_signal(signal.SIGINT)
                await self.process.wait()
        return self.process.returncode or 0

    async def kill_supervisor(self) -> None:
        """Kill the process that watches all others, as an accident would."""
        assert self.process is not None
        self.process.kill()
        await self.process.wait()

    def is_ready(self) -> bool:
        """Tell whether the supervisor that runs now says that all its parts are ready."""
        state = self._state()
        ours = self.process is not None and state.get("supervisor", {}).get("pid")
        return bool(self.process and ours == self.process.pid and state["ready"])

    def processes(self) -> dict[str, Identity]:
        """Return the parts that run, by name."""
        parts = self._state()["processes"].items()
        return {name: Identity(one["pid"], one["started"]) for name, one in parts if one["pid"]}

    def kill(self, name: str) -> Identity:
        """Kill a part; return the process that it was."""
        victim = self.processes()[name]
        os.kill(victim.pid, signal.SIGKILL)
        return victim

    async def whole(self, *killed: Identity, seconds: float = 60.0) -> None:
        """Wait until all parts are ready again, none of them a process that was killed."""

        def is_whole() -> bool:
            parts = self._state()["processes"].values()
            ready = all(one["state"] in {"ready", "done"} for one in parts)
            return ready and not any(is_alive(one) for one in killed)

        await until(is_whole, seconds)

    @asynccontextmanager
    async def api(self) -> AsyncIterator[Api]:
        """Give the services' APIs."""
        async with connected(self.options) as api:
            yield api

    def keep_logs(self) -> Path:
        """Copy the logs to where they stay."""
        place = KEPT_LOGS / self.folder.name
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir(parents=True)
        shutil.copy(self.output, place)
        for log in (self.options.data_dir / "logs").glob("*.log"):
            shutil.copy(log, place)
        return place

    def _state(self) -> dict[str, Any]:
        try:
            state: dict[str, Any] = json.loads((self.options.data_dir / "stack.json").read_text())
        except FileNotFoundError:
            return {}
        return state

    def _failure(self, what: str) -> AssertionError:
        lines = self.output.read_text(errors="replace").splitlines()[-LINES_SHOWN:]
        return AssertionError("\n".join([f"the stack {what}:", *lines]))


@asynccontextmanager
async def running_stack(
    folder: Path, *, seed: bool = True, failed: Callable[[], bool] = lambda: False
) -> AsyncIterator[RunningStack]:
    """Run a stack for the block; it ends with it, or with this process, whatever happens.

    `failed` tells at the end whether its logs are worth keeping.
    """
    stack = RunningStack(folder, seed=seed)
    useful = True
    try:
        await stack.start()
        yield stack
        useful = failed()
    finally:
        await stack.stop()
        if useful:
            stack.keep_logs()


async def until(condition: Callable[[], Any], seconds: float) -> None:
    """Wait for a condition; fail after some seconds."""
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 - files change without telling
            await asyncio.sleep(0.05)
