"""When slots begin and end, and how far ahead they exist."""

from datetime import date, time, timedelta
from typing import Final

# A stay's night: arrival on the evening's day, departure the next morning (Asia/Shanghai).
CHECK_IN: Final = time(15, 0)
CHECK_OUT: Final = time(11, 0)

# Days ahead for which slots exist and can be booked.
HORIZON_DAYS: Final = 90
# Days ahead up to which a schedule may run.
SCHEDULE_DAYS: Final = 366


def horizon(today: date) -> date:
    """Return the last day for which slots exist."""
    return today + timedelta(days=HORIZON_DAYS)


def last_schedulable(today: date) -> date:
    """Return the last day that a schedule may name."""
    return today + timedelta(days=SCHEDULE_DAYS)
