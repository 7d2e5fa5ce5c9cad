"""What is looked at before anything is started, so that people get a sentence and no traceback."""

import errno
import shutil
from pathlib import Path
from typing import Final

from deploy.local.cluster_place import STATE
from deploy.local.errors import LocalError
from deploy.local.options import BASE_PORTS, HIGHEST_PORT, Options, Ports
from deploy.local.ports import is_free

MEGABYTE: Final = 1024 * 1024
ROOM_NEEDED: Final = 500 * MEGABYTE
OFFSET_STEP: Final = 100
TITLES: Final = {
    "web": "the web pages",
    "inbox": "the development inbox",
    "smtp": "the mail catcher",
    "cashier": "the sandbox cashier",
    "postgres": "PostgreSQL",
    "broker": "the broker",
    "controller": "Kafka's controller",
}
NO_SPACE: Final = "No space left on device"


def check_room(data_dir: Path) -> None:
    """Raise LocalError where the disk has too little room for a database to live on."""
    for folder in (data_dir, STATE):
        if folder.exists() and (free := shutil.disk_usage(folder).free) < ROOM_NEEDED:
            raise LocalError(
                f"The disk of {folder} has {free // MEGABYTE} MB left, and the stack needs "
                f"{ROOM_NEEDED // MEGABYTE} MB: make room, or choose another DATA_DIR."
            )


def check_ports(options: Options) -> None:
    """Raise LocalError where a port is taken, with an offset that would work."""
    used = [name for name in BASE_PORTS if name != "controller" or options.broker == "apache"]
    taken = [name for name in used if not is_free(options.ports.of(name))]
    if not taken:
        return
    port = options.ports.of(taken[0])
    offset = _offset_that_works(used, options.port_offset)
    advice = "stop it" if offset is None else f"stop it, or try PORT_OFFSET={offset}"
    raise LocalError(
        f"Port {port} ({TITLES.get(taken[0], taken[0])}) is in use by another program: {advice}."
    )


def sentence(error: LocalError | OSError, data_dir: Path) -> str:
    """Return what to tell a person about an error while starting."""
    full = isinstance(error, OSError) and error.errno == errno.ENOSPC
    if full or NO_SPACE in str(error):
        return f"The disk of {data_dir} is full: make room, or choose another DATA_DIR."
    if isinstance(error, PermissionError):
        return f"{error.filename or data_dir} may not be written by you: choose another DATA_DIR."
    return str(error)


def _offset_that_works(names: list[str], now: int) -> int | None:
    last = HIGHEST_PORT - max(BASE_PORTS.values())
    for offset in range(now + OFFSET_STEP, last + 1, OFFSET_STEP):
        if all(is_free(Ports(offset).of(name)) for name in names):
            return offset
    return None
