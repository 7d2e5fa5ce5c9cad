"""A year as a CSV file says it: one decreed day a row."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final, get_args

from services.venues.domain.calendar import DecreedType, calendar_faults
from shared.core.localized import LocalizedText
from shared.core.visible_text import UnfitTextError, one_line

COLUMNS: Final = ("day", "day_type", "name_zh", "name_en")
LONGEST_BYTES: Final = 64 * 1024
LONGEST_NAME: Final = 120
MOST_DAYS: Final = 366
BYTE_ORDER_MARK: Final = "\ufeff"
_TYPES: Final[tuple[DecreedType, ...]] = get_args(DecreedType)


@dataclass(frozen=True, slots=True)
class DecreedDay:
    """A day off, or a Saturday or Sunday that is a workday."""

    day: date
    day_type: DecreedType
    name: LocalizedText


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong in a row, by its number in the file (the header is row 1) and a code."""

    row: int
    column: str
    code: str


def read_calendar_file(text: str, year: int) -> tuple[list[DecreedDay], list[Fault]]:
    """Return the days of a file in their order, and what is wrong in it, row by row.

    The header is required, in this order of columns; a byte order mark before it and empty lines
    do not matter.
    """
    if len(text.encode()) > LONGEST_BYTES:
        return [], [Fault(1, "", "file_too_large")]
    reader = csv.reader(io.StringIO(text.removeprefix(BYTE_ORDER_MARK), newline=""), strict=True)
    try:
        rows = [(reader.line_num, [cell.strip() for cell in row]) for row in reader]
    except csv.Error:
        return [], [Fault(reader.line_num, "", "csv_broken")]
    if not rows or tuple(rows[0][1]) != COLUMNS:
        return [], [Fault(1, "", "header_missing")]
    days: list[DecreedDay] = []
    numbers: list[int] = []
    faults: list[Fault] = []
    for number, cells in rows[1:]:
        if not any(cells):
            continue
        found = list(_row_faults(number, cells))
        faults += found
        if not found:
            numbers.append(number)
            days.append(_day(cells))
    faults += _day_faults(year, days, numbers)
    if not days and not faults:
        faults.append(Fault(1, "", "no_days"))
    if len(days) > MOST_DAYS:
        faults.append(Fault(numbers[MOST_DAYS], "", "too_many_days"))
    return sorted(days, key=lambda one: one.day), sorted(faults, key=lambda one: one.row)


def _row_faults(number: int, cells: list[str]) -> Iterator[Fault]:
    if len(cells) != len(COLUMNS):
        yield Fault(number, "", "columns_wrong")
        return
    day, day_type, *names = cells
    if _date(day) is None:
        yield Fault(number, "day", "date")
    if day_type not in _TYPES:
        yield Fault(number, "day_type", "unknown_day_type")
    for column, name in zip(COLUMNS[2:], names, strict=True):
        if not _is_name(name):
            yield Fault(number, column, "name_unfit")


def _day_faults(year: int, days: list[DecreedDay], numbers: list[int]) -> Iterator[Fault]:
    for field, code in calendar_faults(year, days):
        _, place, column = field.split("/")
        yield Fault(numbers[int(place)], column, code)


def _date(text: str) -> date | None:
    # One spelling only: Python would also take weeks and figures without hyphens.
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if day.isoformat() == text else None


def _is_name(text: str) -> bool:
    try:
        return 0 < len(one_line(text)) <= LONGEST_NAME
    except UnfitTextError:
        return False


def _day(cells: list[str]) -> DecreedDay:
    day, day_type, name_zh, name_en = cells
    (known,) = (one for one in _TYPES if one == day_type)
    name = LocalizedText(zh=one_line(name_zh), en=one_line(name_en))
    return DecreedDay(date.fromisoformat(day), known, name)
