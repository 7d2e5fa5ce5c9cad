"""When slots begin and end, and how far ahead they exist."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

from shared.contracts.terms import MOST_DAYS_AHEAD, QUARTER_MINUTES, OfferingKind
from shared.core.clock import SHANGHAI

# A stay's night: arrival on the evening's day, departure the next morning (Asia/Shanghai).
CHECK_IN: Final = time(15, 0)
CHECK_OUT: Final = time(11, 0)

# Days ahead up to which a schedule may run.
SCHEDULE_DAYS: Final = 366


def horizon(today: date) -> date:
    """Return the last day for which slots exist."""
    return today + timedelta(days=MOST_DAYS_AHEAD)


def first_sold(today: date) -> date:
    """Return the first day of which something can still be sold: an entry that lasts overnight."""
    return today - timedelta(days=1)


def sold_until(kind: OfferingKind, day: date, starts_at: datetime, ends_at: datetime) -> datetime:
    """Return until when a slot can be booked, as the database's function of that name says it.

    A night until its day is over, an entry until it closes, all else until it begins.
    """
    if kind == "stay":
        return datetime.combine(day + timedelta(days=1), time(), SHANGHAI)
    return ends_at if kind == "entry" else starts_at


def last_schedulable(today: date) -> date:
    """Return the last day that a schedule may name."""
    return today + timedelta(days=SCHEDULE_DAYS)


@dataclass(frozen=True, slots=True)
class Hours:
    """When on its days an offering takes place: at fixed times, or while it is open."""

    times: Sequence[time]
    opens_at: time | None
    closes_at: time | None

    def faults(self, kind: OfferingKind, duration_minutes: int | None) -> list[tuple[str, str]]:
        """Return what does not fit the kind, as pairs of a field and a code.

        Sessions begin at fixed times. Tables are cut into quarters of the opening hours, so these
        begin and end on one. An entry has either: fixed times, and then a duration, or opening
        hours, and then one slot a day. The hours of a stay are the same everywhere.
        """
        is_open = self.opens_at is not None and self.closes_at is not None
        if kind == "entry":
            if is_open == bool(self.times):
                return [("times", "times_or_hours")]
            return [("times", "duration_missing")] if self.times and not duration_minutes else []
        if (kind == "session") != bool(self.times):
            return [("times", "times_unfit")]
        if (kind == "table") != is_open:
            return [("opens_at", "hours_unfit")]
        return [
            (name, "not_a_quarter")
            for name, at in (("opens_at", self.opens_at), ("closes_at", self.closes_at))
            if at is not None and at.minute % QUARTER_MINUTES
        ]
