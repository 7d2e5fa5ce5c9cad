"""Which stack runs on a data folder: a lock, and a file that lists its processes."""

import asyncio
import errno
import fcntl
import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from signal import Signals
from typing import Any, Final, TextIO

from deploy.local.errors import LocalError
from deploy.local.files import write_whole
from deploy.local.identity import Identity, end, identify

STATE_FILE: Final = "stack.json"
LOCK_FILE: Final = "stack.lock"
ORPHAN_SECONDS: Final = 10.0


@dataclass
class ProcessState:
    """One part as `stack.json` shows it: `state` is starting, ready, waiting or stopped."""

    port: int | None = None
    pid: int | None = None
    started: str = ""
    state: str = "stopped"
    restarts: int = 0

    @property
    def identity(self) -> Identity | None:
        """Return the process; None while there is none."""
        return None if self.pid is None else Identity(self.pid, self.started)


class StackState:
    """The state of the stack that runs on `data_dir`, kept on disk at each change."""

    def __init__(self, data_dir: Path, url: str) -> None:
        self.processes: dict[str, ProcessState] = {}
        self._file = data_dir / STATE_FILE
        self._head: dict[str, Any] = {"url": url, "supervisor": _describe(os.getpid())}
        self.ready = False

    def save(self) -> None:
        """Write `stack.json`; a full disk is no reason to stop."""
        processes = {name: asdict(process) for name, process in self.processes.items()}
        text = json.dumps({**self._head, "ready": self.ready, "processes": processes}, indent=2)
        try:
            write_whole(self._file, text + "\n")
        except OSError as error:
            if error.errno != errno.ENOSPC:
                raise


def lock(data_dir: Path) -> TextIO:
    """Take the data folder for this process, for as long as the returned file is open.

    The kernel gives the lock back when its holder dies, however it dies. Raises LocalError where
    another stack has it.
    """
    file = (data_dir / LOCK_FILE).open("a", encoding="utf-8")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        pid = read_state(data_dir).get("supervisor", {}).get("pid", "unknown")
        raise LocalError(
            f"Another stack (process {pid}) runs on {data_dir}: "
            "stop it, or choose another DATA_DIR together with a PORT_OFFSET."
        ) from None
    return file


def is_running(data_dir: Path) -> bool:
    """Tell whether a supervisor holds the data folder."""
    try:
        with (data_dir / LOCK_FILE).open(encoding="utf-8") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False


def read_state(data_dir: Path) -> Mapping[str, Any]:
    """Return what `stack.json` says; empty where no stack has run yet."""
    try:
        state: Mapping[str, Any] = json.loads((data_dir / STATE_FILE).read_text())
    except (FileNotFoundError, ValueError):
        return {}
    return state


async def end_leftovers(data_dir: Path) -> None:
    """End what a killed supervisor has left, so that its ports are free. Call under the lock."""
    processes = read_state(data_dir).get("processes", {})
    left = [ProcessState(**state).identity for state in processes.values()]
    # The kernel or the watchdog is ending them already; this is for what they could not reach.
    await asyncio.gather(
        *(
            end(identity, Signals.SIGINT, patience=ORPHAN_SECONDS)
            for identity in left
            if identity is not None
        )
    )


def _describe(pid: int) -> dict[str, Any]:
    identity = identify(pid)
    return {} if identity is None else asdict(identity)
