"""Which programs of this machine are still alive, told apart from others that got their ids."""

import asyncio
import os
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from signal import Signals
from typing import Final

PROC: Final = Path("/proc")


@dataclass(frozen=True)
class Identity:
    """A process id with its start time, since ids are given out again.

    `started` is comparable on one machine only: clock ticks since boot on Linux, a date on macOS.
    """

    pid: int
    started: str


def identify(pid: int) -> Identity | None:
    """Describe the living process `pid`; None when there is none or only its zombie."""
    if sys.platform == "linux":
        try:
            stat = (PROC / str(pid) / "stat").read_text()
        except OSError:
            return None
        # The second field, the name, may itself hold spaces and brackets: read behind its end.
        fields = stat[stat.rindex(")") + 2 :].split()
        return None if fields[0] in "ZX" else Identity(pid, fields[19])
    line = _ps(pid, "stat=,lstart=")
    state, _, started = line.partition(" ")
    return None if not line or state.startswith("Z") else Identity(pid, started.strip())


def is_alive(identity: Identity) -> bool:
    """Tell whether exactly this process still runs."""
    return identify(identity.pid) == identity


def command_line(pid: int) -> str:
    """Return the command that `pid` runs, its arguments parted by spaces; empty if unknown."""
    if sys.platform == "linux":
        try:
            return (PROC / str(pid) / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except (OSError, UnicodeDecodeError):
            return ""
    return _ps(pid, "command=")


async def end(identity: Identity, first: Signals, *, patience: float) -> bool:
    """Signal a process that is not our child, wait `patience` seconds, then kill it.

    Returns whether it is gone.
    """
    for signal, seconds in ((first, patience), (Signals.SIGKILL, 5.0)):
        with suppress(ProcessLookupError):
            if is_alive(identity):
                os.kill(identity.pid, signal)
        deadline = time.monotonic() + seconds
        while is_alive(identity):
            if time.monotonic() > deadline:
                break
            await asyncio.sleep(0.05)
        else:
            return True
    return False


def _ps(pid: int, columns: str) -> str:
    answer = subprocess.run(
        ["/bin/ps", "-o", columns, "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return answer.stdout.strip()
