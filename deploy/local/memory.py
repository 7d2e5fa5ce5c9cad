"""How much memory a process and all that it started use."""

import subprocess
import sys
from collections import defaultdict
from contextlib import suppress
from pathlib import Path
from typing import Final

PROC: Final = Path("/proc")
KILOBYTE: Final = 1024


def memory_of(pids: list[int]) -> dict[int, int]:
    """Return the bytes used by each process with its descendants.

    On Linux it is the proportional set size: memory that several processes share is divided among
    them, so that the sum over a stack is true. On macOS it is the resident size, which counts it
    for each.
    """
    own, children = _linux() if sys.platform == "linux" else _elsewhere()

    def total(pid: int) -> int:
        return own.get(pid, 0) + sum(total(child) for child in children.get(pid, ()))

    return {pid: total(pid) for pid in pids}


def _linux() -> tuple[dict[int, int], dict[int, list[int]]]:
    own: dict[int, int] = {}
    children: dict[int, list[int]] = defaultdict(list)
    for folder in PROC.glob("[0-9]*"):
        with suppress(OSError):  # it may have ended meanwhile, or belong to somebody else
            stat = (folder / "stat").read_text()
            parent = int(stat[stat.rindex(")") + 2 :].split()[1])
            children[parent].append(int(folder.name))
            own[int(folder.name)] = _proportional(folder)
    return own, children


def _proportional(folder: Path) -> int:
    for line in (folder / "smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * KILOBYTE
    return 0


def _elsewhere() -> tuple[dict[int, int], dict[int, list[int]]]:
    command = ["/bin/ps", "-axo", "pid=,ppid=,rss="]
    answer = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    own: dict[int, int] = {}
    children: dict[int, list[int]] = defaultdict(list)
    for line in answer.splitlines():
        pid, parent, size = (int(field) for field in line.split())
        own[pid] = size * KILOBYTE
        children[parent].append(pid)
    return own, children
