"""Time as a value that is handed in, so that a test or a simulation can replay it."""

from datetime import UTC, date, datetime
from typing import Final, Protocol
from zoneinfo import ZoneInfo

SHANGHAI: Final = ZoneInfo("Asia/Shanghai")


class Clock(Protocol):
    """Tells the present instant."""

    def now(self) -> datetime:
        """Return the present instant, aware, in UTC."""
        ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """Return the present instant, aware, in UTC."""
        return datetime.now(UTC)


def local_day(instant: datetime) -> date:
    """Return the calendar day of an instant in the villages (Asia/Shanghai)."""
    return instant.astimezone(SHANGHAI).date()


def today(clock: Clock) -> date:
    """Return today's date in the villages (Asia/Shanghai), wherever the server runs."""
    return local_day(clock.now())


def instant_text(instant: datetime) -> str:
    """Return an instant as JSON answers write it: RFC 3339, in UTC."""
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")
