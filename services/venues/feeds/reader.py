"""Reads one calendar file (RFC 5545), as a program of its own: bytes in, busy times out.

It is run beside the service, because a file can be made to take hours or all memory: this process
limits itself before it looks, and whoever started it ends it when its time is over. It knows
nothing of us: no settings, no database, no network that it needs.

What is full here is busy in our own files (`calendar_files.py`), and another channel that follows
them hands it back to us: such an event blocks nothing, or two channels would keep each other shut.

Usage: reader.py FIRST_DAY LAST_DAY < calendar.ics
Writes a JSON list of `["day", first, end]` (the end excluded) and `["time", start, end]`; leaves
with 3 where the file is no calendar, with 4 where it has more than `MOST` busy times or entries.
"""

import json
import resource
import sys
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from itertools import chain, islice
from typing import Any, Final
from zoneinfo import ZoneInfo

NOT_A_CALENDAR: Final = 3
TOO_MANY: Final = 4

MOST: Final = 5000
CPU_SECONDS: Final = 8
MEMORY_BYTES: Final = 768 * 1024 * 1024
# Times without a zone are those of the villages.
HOME: Final = ZoneInfo("Asia/Shanghai")

# How the names of our own events end.
OURS: Final = "@xiangyou"

Busy = list[str]


def limit_itself() -> None:
    """Give up all that reading does not need."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


def busy_times(content: bytes, first: date, last: date) -> list[Busy]:
    """Return the busy times between two days, both included.

    Raises ValueError for what is no calendar, OverflowError for too many entries or times.
    """
    # Late, so that their weight is within the limits.
    from icalendar import Calendar  # noqa: PLC0415
    from recurring_ical_events import of  # noqa: PLC0415

    calendar = Calendar.from_ical(content)
    if getattr(calendar, "name", "") != "VCALENDAR":
        raise ValueError("no calendar")
    if len(calendar.subcomponents) > MOST:
        raise OverflowError
    events = of(calendar, skip_bad_series=True).between(first, last + timedelta(days=1))
    found = chain(_events(events), _free_busy(calendar))
    kept = list(islice((one for one in found if _within(one, first, last)), MOST + 1))
    if len(kept) > MOST:
        raise OverflowError
    return kept


def _events(events: list[Any]) -> Iterator[Busy]:
    for event in events:
        if str(event.get("UID", "")).strip().endswith(OURS):
            continue
        if str(event.get("TRANSP", "")).upper() == "TRANSPARENT":
            continue
        if str(event.get("STATUS", "")).upper() == "CANCELLED":
            continue
        busy = _between(event.decoded("DTSTART"), _end_of(event))
        if busy is not None:
            yield busy


def _end_of(event: Any) -> date:  # noqa: ANN401 - a component of the library
    start = event.decoded("DTSTART")
    if "DTEND" in event:
        end: date = event.decoded("DTEND")
        return end
    if "DURATION" in event:
        lasts: timedelta = event.decoded("DURATION")
        after: date = start + lasts
        return after
    one_day: date = start if isinstance(start, datetime) else start + timedelta(days=1)
    return one_day


def _free_busy(calendar: Any) -> Iterator[Busy]:  # noqa: ANN401 - a component of the library
    for component in calendar.walk("VFREEBUSY"):
        listed = component.get("FREEBUSY", [])
        for period in listed if isinstance(listed, list) else [listed]:
            if str(period.params.get("FBTYPE", "BUSY")).upper() == "FREE":
                continue
            busy = _between(period.start, period.end)
            if busy is not None:
                yield busy


def _between(start: date, end: date) -> Busy | None:
    if isinstance(start, datetime) and isinstance(end, datetime):
        begins, ends = _instant(start), _instant(end)
        return ["time", begins.isoformat(), ends.isoformat()] if ends > begins else None
    first, after = _day(start), _day(end)
    # Some programs write a day's own date as its end.
    after = max(after, first + timedelta(days=1))
    return ["day", first.isoformat(), after.isoformat()]


def _instant(moment: datetime) -> datetime:
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=HOME)


def _day(moment: date) -> date:
    return _instant(moment).astimezone(HOME).date() if isinstance(moment, datetime) else moment


def _within(busy: Busy, first: date, last: date) -> bool:
    kind, start, end = busy
    if kind == "day":
        return date.fromisoformat(start) <= last and date.fromisoformat(end) > first
    begins = datetime.combine(first, time(), HOME)
    ends = datetime.combine(last + timedelta(days=1), time(), HOME)
    return datetime.fromisoformat(start) < ends and datetime.fromisoformat(end) > begins


def main() -> int:
    """Read from standard input, write to standard output, and say by the exit code what it was."""
    limit_itself()
    first, last = map(date.fromisoformat, sys.argv[1:3])
    try:
        found = busy_times(sys.stdin.buffer.read(), first, last)
    except OverflowError:
        return TOO_MANY
    except Exception:  # noqa: BLE001 - whatever a library finds wrong with a stranger's file
        return NOT_A_CALENDAR
    sys.stdout.write(json.dumps(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
