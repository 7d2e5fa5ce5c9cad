"""Understanding a stranger's calendar, in a process that may die of it."""

import asyncio
import json
import sys
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Final, Literal

READER: Final = Path(__file__).with_name("reader.py")
# The process itself stops after 8 s of work; a busy machine may take longer for them.
SECONDS: Final = 30.0

ReadFault = Literal["not_a_calendar", "too_many_events", "too_slow"]

# Its exit codes; whatever else it ends with, it was ended.
_FAULTS: Final[dict[int, ReadFault]] = {3: "not_a_calendar", 4: "too_many_events"}


@dataclass
class CalendarUnreadable(Exception):
    """A file that is no calendar, or one that takes too much to read; `fault` says which."""

    fault: ReadFault


@dataclass(frozen=True, slots=True)
class BusyTimes:
    """What a calendar says: days with their end excluded, and times."""

    days: tuple[tuple[date, date], ...]
    times: tuple[tuple[datetime, datetime], ...]

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.days) + len(self.times)


async def read_calendar(
    content: bytes, first: date, last: date, *, seconds: float = SECONDS
) -> BusyTimes:
    """Return the busy times of a calendar between two days, both included.

    It takes a third of a second at least, for a new process: one that has no environment, little
    memory and a few seconds. Raises CalendarUnreadable.
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-I",
        str(READER),
        first.isoformat(),
        last.isoformat(),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env={},
    )
    try:
        async with asyncio.timeout(seconds):
            written, _ = await process.communicate(content)
    except TimeoutError:
        raise CalendarUnreadable("too_slow") from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode == 0:
        return _busy_times(written)
    raise CalendarUnreadable(_FAULTS.get(process.returncode or -1, "too_slow"))


def _busy_times(written: bytes) -> BusyTimes:
    listed = json.loads(written)
    return BusyTimes(
        days=tuple(
            (date.fromisoformat(first), date.fromisoformat(end))
            for kind, first, end in listed
            if kind == "day"
        ),
        times=tuple(
            (datetime.fromisoformat(start), datetime.fromisoformat(end))
            for kind, start, end in listed
            if kind == "time"
        ),
    )
