"""Whether the demo district is there already, and its coming weekend partly booked."""

from datetime import date, timedelta
from pathlib import Path
from typing import Final

SATURDAY: Final = 6
_NOTE: Final = "demo-loaded"
_HISTORY: Final = "demo-history"


def coming_saturday(day: date) -> date:
    """Return the Saturday of the weekend that visitors plan for on this day: never today."""
    return day + timedelta(days=(SATURDAY - day.isoweekday() - 1) % 7 + 1)


def is_loaded(data_dir: Path, day: date) -> bool:
    """Tell whether nothing is left to load on this day."""
    note = data_dir / _NOTE
    return note.exists() and note.read_text(encoding="utf-8").strip() == str(coming_saturday(day))


def note_loaded(data_dir: Path, day: date) -> None:
    """Note that everything is loaded for the weekend that comes after this day."""
    (data_dir / _NOTE).write_text(f"{coming_saturday(day)}\n", encoding="utf-8")


def has_history(data_dir: Path) -> bool:
    """Tell whether the weeks before the first load have their visits.

    They are made up once: later weeks have visits of their own.
    """
    return (data_dir / _HISTORY).exists()


def note_history(data_dir: Path) -> None:
    """Note that the weeks before have their visits."""
    (data_dir / _HISTORY).touch()
