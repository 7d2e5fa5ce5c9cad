"""The years that come with the service, from the notices of the State Council's General Office."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final

from shared.contracts.venues import CalendarDay
from shared.core.localized import LocalizedText

FOLDER: Final = Path(__file__).with_name("calendars")

# The notice (国务院办公厅关于部分节假日安排的通知) of each year that has a file `<year>.csv`.
SOURCES: Final[Mapping[int, str]] = MappingProxyType(
    {2025: "国办发明电〔2024〕12号", 2026: "国办发明电〔2025〕7号"}
)


@dataclass(frozen=True, slots=True)
class BundledYear:
    """A year's decreed days, and the notice that decreed them."""

    year: int
    source: str
    days: tuple[CalendarDay, ...]


def read_bundled_years() -> list[BundledYear]:
    """Read the years that come with the service. It opens files, so it blocks."""
    return [BundledYear(year, source, _days_of(year)) for year, source in SOURCES.items()]


def _days_of(year: int) -> tuple[CalendarDay, ...]:
    with (FOLDER / f"{year}.csv").open(encoding="utf-8", newline="") as file:
        return tuple(
            CalendarDay.model_validate(
                {
                    "day": row["day"],
                    "day_type": row["day_type"],
                    "name": LocalizedText(zh=row["zh"], en=row["en"]),
                }
            )
            for row in csv.DictReader(file)
        )
