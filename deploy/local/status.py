"""`python -m deploy.local status` and `down`: a look at a running stack, and its end."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from signal import Signals
from typing import Any, Final

from deploy.local.errors import LocalError
from deploy.local.identity import Identity, end, is_alive
from deploy.local.memory import memory_of
from deploy.local.state import is_running, read_state

MEGABYTE: Final = 1024 * 1024
STOP_SECONDS: Final = 90.0
COLUMNS: Final = "{:<14} {:<9} {:>8} {:>6} {:>9} {:>8}"


def show_status(data_dir: Path) -> bool:
    """Print the processes of the stack; return whether it runs and is ready."""
    state = read_state(data_dir)
    if not is_running(data_dir) or not state:
        print(f"No stack runs on {data_dir}.")
        return False
    rows = {"stack": {**state["supervisor"], "state": "ready" if state["ready"] else "starting"}}
    rows |= state["processes"]
    pids = [row["pid"] for row in rows.values() if row["pid"] and _alive(row)]
    memory = memory_of(pids)
    memory[state["supervisor"]["pid"]] -= sum(
        memory[pid] for pid in pids if pid != state["supervisor"]["pid"]
    )
    print(COLUMNS.format("PART", "STATE", "PROCESS", "PORT", "RESTARTS", "MEMORY"))
    for name, row in rows.items():
        pid = row["pid"] if row["pid"] in memory else None
        size = f"{memory[pid] / MEGABYTE:.0f} MB" if pid else "-"
        cells = (pid, row.get("port"), row.get("restarts"))
        shown = ["-" if cell is None else cell for cell in cells]
        print(COLUMNS.format(name, row["state"], *shown, size).rstrip())
    print(f"\n{sum(memory.values()) / MEGABYTE:.0f} MB in all; {state['url']}")
    return bool(state["ready"])


def stop_stack(data_dir: Path) -> None:
    """Stop the stack that runs on a data folder. Raises LocalError if it does not end."""
    if not is_running(data_dir):
        print(f"No stack runs on {data_dir}.")
        return
    supervisor = read_state(data_dir).get("supervisor", {})
    identity = Identity(supervisor["pid"], supervisor["started"])
    if not asyncio.run(end(identity, Signals.SIGTERM, patience=STOP_SECONDS)):
        raise LocalError(f"The stack (process {identity.pid}) does not end.")
    print("Stopped.")


def _alive(row: Mapping[str, Any]) -> bool:
    return is_alive(Identity(row["pid"], row["started"]))
