"""Days of every year, as `MM-DD`: the beginnings and ends of seasons."""

from datetime import date
from typing import Annotated, Final

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

# A year that has a 29th of February.
_LEAP_YEAR: Final = 2000


def _exists(text: str) -> str:
    try:
        date.fromisoformat(f"{_LEAP_YEAR}-{text}")
    except ValueError:
        raise PydanticCustomError("date", "Input should be a day of the year") from None
    return text


MonthDay = Annotated[
    str,
    Field(strict=True, pattern=r"^[0-9]{2}-[0-9]{2}$", description="A day of every year, MM-DD."),
    AfterValidator(_exists),
]


def falls_within(day: date, first: str, last: str) -> bool:
    """Tell whether a day lies between two days of the year, both included.

    A last day before the first one is the next year's. The 29th of February can be either: in
    other years the season begins on the 1st of March, or ends on the 28th of February.
    """
    return _lies_between(day.isoformat()[5:], first, last)


def overlap(one: tuple[str, str], other: tuple[str, str]) -> bool:
    """Tell whether two seasons, each a first and a last day, share a day."""
    return _lies_between(one[0], *other) or _lies_between(other[0], *one)


def _lies_between(at: str, first: str, last: str) -> bool:
    # So written, days of the year sort as texts.
    return first <= at <= last if first <= last else at >= first or at <= last
