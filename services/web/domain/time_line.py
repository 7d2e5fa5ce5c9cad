"""The plan on one time line: what follows what, and where two things don't go together."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final, Literal
from uuid import UUID

# From one village to the next by car, with parking and shoes.
WAY_BETWEEN_VILLAGES: Final = timedelta(minutes=45)

Note = Literal["clash", "tight", "two_beds"]


@dataclass(frozen=True, slots=True)
class Stop:
    """A line as far as time and place go."""

    line_id: str
    village_id: UUID
    starts_at: datetime
    ends_at: datetime
    overnight: bool


def notes_on(stops: Sequence[Stop]) -> dict[str, Note]:
    """Return what should be pointed out, by the line that comes later.

    Two sessions that overlap clash; sessions in different villages with less than 45 minutes
    between them are tight; two stays over one night are two beds. A stay does not clash with what
    one does by day.
    """
    notes: dict[str, Note] = {}
    for first, second in pairwise(_sorted(stops, overnight=False)):
        if second.starts_at < first.ends_at:
            notes[second.line_id] = "clash"
        elif (
            first.village_id != second.village_id
            and second.starts_at - first.ends_at < WAY_BETWEEN_VILLAGES
        ):
            notes[second.line_id] = "tight"
    for first, second in pairwise(_sorted(stops, overnight=True)):
        if second.starts_at < first.ends_at:
            notes[second.line_id] = "two_beds"
    return notes


def _sorted(stops: Sequence[Stop], *, overnight: bool) -> list[Stop]:
    chosen = [stop for stop in stops if stop.overnight == overnight]
    return sorted(chosen, key=lambda stop: (stop.starts_at, stop.ends_at))
