"""Starts the parts in order, keeps them running, stops them in reverse order."""

import asyncio
import time
from collections.abc import Callable
from typing import Final

from deploy.local.child import Child
from deploy.local.errors import LocalError
from deploy.local.identity import identify
from deploy.local.parts import Entry, Stages
from deploy.local.state import ProcessState, StackState

FIRST_PAUSE: Final = 0.5
LONGEST_PAUSE: Final = 10.0
# Who has run for so long is well again, and is restarted quickly the next time.
HEALTHY_SECONDS: Final = 30.0
REJOIN_SECONDS: Final = 60.0


class Supervisor:
    """Runs one stack; `say` takes what it has to tell."""

    def __init__(self, stages: Stages, state: StackState, say: Callable[[str], None]) -> None:
        self._stages = stages
        self._state = state
        self._say = say
        self._entries = [entry for stage in stages for entry in stage]
        self._keepers: dict[str, asyncio.Task[None]] = {}
        self._followers: dict[str, asyncio.Task[None]] = {}
        self._asked: set[str] = set()
        self._broken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._ready = {entry.name: asyncio.Event() for entry in self._entries}
        state.processes.update({e.name: ProcessState(port=e.port) for e in self._entries})

    async def start(self) -> None:
        """Start all stages, each when the one before is ready. Raises the first LocalError."""
        for stage in self._stages:
            tasks = [asyncio.create_task(self._start(entry)) for entry in stage]
            try:
                await asyncio.gather(*tasks)
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)
        self._state.ready = True
        self._state.save()

    async def broken(self) -> None:
        """Wait for ever; raises what went wrong where the supervisor itself has a fault."""
        await self._broken

    async def stop(self) -> None:
        """Stop all parts, the last stage first."""
        tasks = [*self._followers.values(), *self._keepers.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._state.ready = False
        for stage in reversed(self._stages):
            await asyncio.gather(*(self._stop(entry) for entry in stage))

    def kill(self) -> None:
        """End all parts at once."""
        for entry in self._entries:
            if entry.part.child is not None and entry.part.child.running:
                entry.part.child.kill()

    async def _start(self, entry: Entry) -> None:
        begun = time.monotonic()
        self._show(entry, "starting")
        await entry.part.start()
        took = f"{time.monotonic() - begun:.1f} s"
        child = entry.part.child
        if child is None:
            self._say(f"{entry.name} done in {took}")
            self._show(entry, "done")
            return
        self._say(f"{entry.name} ready in {took} (process {child.process.pid})")
        self._show(entry, "ready")
        if entry.name not in self._keepers:
            self._keepers[entry.name] = keeper = asyncio.create_task(self._keep(entry))
            keeper.add_done_callback(self._notice)

    async def _stop(self, entry: Entry) -> None:
        running = entry.part.child is not None and entry.part.child.running
        await entry.part.stop()
        self._show(entry, "stopped")
        if running:
            self._say(f"{entry.name} stopped")

    async def _keep(self, entry: Entry) -> None:
        """Start a part again whenever it ends, at first soon, then after longer pauses."""
        pause, since = FIRST_PAUSE, time.monotonic()
        while (child := entry.part.child) is not None:
            reason = f"{entry.name} ended with {_describe(await child.ended())}"
            if time.monotonic() - since >= HEALTHY_SECONDS:
                pause = FIRST_PAUSE
            asked = entry.name in self._asked
            self._asked.discard(entry.name)
            while True:
                if not asked:
                    self._say(f"{reason}; starting it again in {pause:g} s")
                    self._show(entry, "waiting")
                    await asyncio.sleep(pause)
                    pause = min(2 * pause, LONGEST_PAUSE)
                try:
                    self._state.processes[entry.name].restarts += 1
                    await self._start(entry)
                    break
                except (LocalError, OSError) as error:
                    reason, asked = f"{entry.name} did not start: {_last_line(error)}", False
            since = time.monotonic()
            self._lead(entry.name)

    def _notice(self, keeper: asyncio.Task[None]) -> None:
        """Make a fault of a keeper known: a part that nobody watches would stay away for ever."""
        if not keeper.cancelled() and (fault := keeper.exception()) and not self._broken.done():
            self._broken.set_exception(fault)

    def _lead(self, name: str) -> None:
        """Have those follow that restart with `name`; an earlier round of them is given up."""
        if name in self._followers:
            self._followers[name].cancel()
        followers = [entry for entry in self._entries if name in entry.restart_with]
        if followers:
            self._followers[name] = asyncio.create_task(self._follow(name, followers))

    async def _follow(self, name: str, followers: list[Entry]) -> None:
        for entry in followers:
            ready, child = self._ready[entry.name], entry.part.child
            if child is None or not ready.is_set():
                continue  # not started yet, or starting again already
            self._say(f"{entry.name} restarts with {name}")
            self._asked.add(entry.name)
            ready.clear()
            await entry.part.stop()
            try:
                async with asyncio.timeout(REJOIN_SECONDS):
                    await ready.wait()
            except TimeoutError:
                self._say(f"{entry.name} is not back yet; going on with the others")

    def _show(self, entry: Entry, state: str) -> None:
        shown = self._state.processes[entry.name]
        shown.state = state
        child: Child | None = entry.part.child
        identity = identify(child.process.pid) if child is not None and child.running else None
        shown.pid = None if identity is None else identity.pid
        shown.started = "" if identity is None else identity.started
        if state == "ready":
            self._ready[entry.name].set()
        else:
            self._ready[entry.name].clear()
        self._state.save()


def _describe(code: int) -> str:
    return f"signal {-code}" if code < 0 else f"exit code {code}"


def _last_line(error: Exception) -> str:
    return str(error).strip().rsplit("\n", 1)[-1]
