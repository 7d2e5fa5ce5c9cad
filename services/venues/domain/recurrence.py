"""Recurring days by RFC 5545, as far as a schedule can mean them.

Days alone recur here: the frequency is daily or slower, `UNTIL` is a date, and nothing speaks of
hours. A rule whose days would have to be searched for without end is refused before it is read:
dateutil looks for the next day until the year 9999. So only parts and figures are taken that are
bound to happen again within a few years, and only together where that stays so. What is refused
thereby (leap-year cycles, weeks of the year, Easter) nobody schedules a market by; a weekday, a
season or a day type narrows a rule beside it.
"""

import re
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from types import MappingProxyType
from typing import Final

from dateutil.rrule import rrule, rrulestr

LONGEST: Final = 200
# How far its anchor may lie before the last day that is asked for: so many days are counted off
# at most, which takes some milliseconds.
FARTHEST: Final = timedelta(days=2000)

_MOST_DAYS_IN: Final[Mapping[int, int]] = MappingProxyType({2: 29, 4: 30, 6: 30, 9: 30, 11: 30})
_WEEKDAY: Final = "(?:MO|TU|WE|TH|FR|SA|SU)"
_NUMBERED: Final = f"[+-]?[1-5]{_WEEKDAY}"
_FORMS: Final[Mapping[str, re.Pattern[str]]] = MappingProxyType(
    {
        name: re.compile(form, re.ASCII)
        for name, form in {
            "FREQ": "DAILY|WEEKLY|MONTHLY|YEARLY",
            "INTERVAL": "[1-9][0-9]?",
            "COUNT": "[1-9][0-9]{0,2}",
            "UNTIL": "[0-9]{8}",
            "WKST": _WEEKDAY,
            "BYDAY": f"(?:{_WEEKDAY}|{_NUMBERED})(?:,(?:{_WEEKDAY}|{_NUMBERED}))*",
            "BYMONTHDAY": "-?(?:[1-9]|[12][0-9]|3[01])(?:,-?(?:[1-9]|[12][0-9]|3[01]))*",
            "BYMONTH": "(?:[1-9]|1[0-2])(?:,(?:[1-9]|1[0-2]))*",
            "BYSETPOS": "1|-1",
        }.items()
    }
)
_ALWAYS: Final = frozenset({"FREQ", "INTERVAL", "COUNT", "UNTIL", "WKST"})
_PARTS: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        "DAILY": _ALWAYS,
        "WEEKLY": _ALWAYS | {"BYDAY"},
        "MONTHLY": _ALWAYS | {"BYDAY", "BYMONTHDAY", "BYSETPOS"},
        "YEARLY": _ALWAYS | {"BYDAY", "BYMONTHDAY", "BYMONTH", "BYSETPOS"},
    }
)
# Every sixth month is half a year apart, and one of the two has 31 days. Years go one by one, so
# that a 29th of February comes.
_LONGEST_INTERVALS: Final[Mapping[str, int]] = MappingProxyType(
    {"DAILY": 99, "WEEKLY": 52, "MONTHLY": 6, "YEARLY": 1}
)


def recurrence_fault(text: str) -> str | None:
    """Return why a rule can't be taken, as the code of a field error; None for a good one.

    `rrule_malformed` is no rule of RFC 5545, or one with parts that speak of hours;
    `rrule_unbounded` one that may never come, or hardly ever, or says both when and after how
    many times it ends.
    """
    parts = _parts(text)
    if parts is None:
        return "rrule_malformed"
    if not _is_bound_to_happen(parts):
        return "rrule_unbounded"
    return None if _is_read(text) else "rrule_malformed"


def recurring_days(text: str, anchor: date, first: date, last: date) -> frozenset[date]:
    """Return the days of a good rule from the first to the last one, counted from its anchor.

    The anchor is RFC 5545's DTSTART: intervals and `COUNT` begin there. Nothing recurs where it
    lies farther back than `FARTHEST`.
    """
    if last < max(first, anchor) or last - anchor > FARTHEST:
        return frozenset()
    # Midnights without a zone: they are days, wherever this runs.
    found = _read(text, anchor).between(_midnight(first), _midnight(last), inc=True)
    return frozenset(instant.date() for instant in found)


def _read(text: str, anchor: date) -> rrule:
    read = rrulestr(text, dtstart=_midnight(anchor))
    if not isinstance(read, rrule):
        raise TypeError("one rule was asked for")
    return read


def _is_read(text: str) -> bool:
    try:
        _read(text, date(2026, 1, 1))
    except (ValueError, TypeError):
        # A last day that does not exist, say.
        return False
    return True


def _parts(text: str) -> Mapping[str, str] | None:
    """Return the parts of a rule by their names; None where one is unknown, wrong or repeated."""
    parts: dict[str, str] = {}
    for part in text.split(";"):
        name, _, value = part.partition("=")
        if name in parts or name not in _FORMS or not _FORMS[name].fullmatch(value):
            return None
        parts[name] = value
    frequency = parts.get("FREQ")
    return parts if frequency and parts.keys() <= _PARTS[frequency] else None


def _is_bound_to_happen(parts: Mapping[str, str]) -> bool:
    frequency, by_day = parts["FREQ"], parts.get("BYDAY", "")
    is_numbered = any(character.isdigit() for character in by_day)
    return (
        int(parts.get("INTERVAL", "1")) <= _LONGEST_INTERVALS[frequency]
        and not {"COUNT", "UNTIL"} <= parts.keys()
        and not {"BYDAY", "BYMONTHDAY"} <= parts.keys()
        and not ("BYSETPOS" in parts and (is_numbered or not by_day))
        and not (is_numbered and frequency == "WEEKLY")
        # Weekdays of a year are those of its months, and a month needs days: the anchor's own may
        # not be in it.
        and not (frequency == "YEARLY" and by_day and "BYMONTH" not in parts)
        and not ("BYMONTH" in parts and not {"BYDAY", "BYMONTHDAY"} & parts.keys())
        and _has_a_day(parts)
    )


def _has_a_day(parts: Mapping[str, str]) -> bool:
    """Tell whether one of the months has one of the days, in a leap year at least."""
    if "BYMONTH" not in parts:
        return True
    days = [abs(int(day)) for day in parts.get("BYMONTHDAY", "1").split(",")]
    months = [int(month) for month in parts["BYMONTH"].split(",")]
    return any(min(days) <= _MOST_DAYS_IN.get(month, 31) for month in months)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time())
