"""Days, times and amounts as people read them; all times are those of the villages."""

from datetime import date, datetime
from typing import Final

from babel import Locale
from babel.dates import format_date

from shared.core.clock import SHANGHAI
from shared.core.localized import Language
from shared.core.money import Money

# Looking one up by its name, for each date, would cost more than the date.
_LOCALES: Final[dict[Language, Locale]] = {
    "zh": Locale.parse("zh_CN"),
    "en": Locale.parse("en_GB"),
}
_DAY: Final[dict[Language, str]] = {"zh": "M月d日 EEE", "en": "EEE d MMM"}
_SHORT_DAY: Final[dict[Language, str]] = {"zh": "M月d日", "en": "d MMM"}
_MONTH: Final[dict[Language, str]] = {"zh": "y年M月", "en": "MMMM y"}
_WEEKDAY: Final[dict[Language, str]] = {"zh": "EEEEEE", "en": "EEEEEE"}


def day(value: date, language: Language) -> str:
    """Return a day such as 11月28日 周六 or Sat 28 Nov."""
    return format_date(value, _DAY[language], locale=_LOCALES[language])


def short_day(value: date, language: Language) -> str:
    """Return a day without its weekday: 11月28日 or 28 Nov."""
    return format_date(value, _SHORT_DAY[language], locale=_LOCALES[language])


def weekday(value: date, language: Language) -> str:
    """Return the weekday alone, as short as a calendar has it: 周六 or Sa."""
    return format_date(value, _WEEKDAY[language], locale=_LOCALES[language])


def short_month(value: date, language: Language) -> str:
    """Return the month alone: 12月 or Dec."""
    return format_date(value, "MMM", locale=_LOCALES[language])


def month(value: date, language: Language) -> str:
    """Return a month with its year: 2026年10月 or October 2026."""
    return format_date(value, _MONTH[language], locale=_LOCALES[language])


def clock_time(value: datetime) -> str:
    """Return a time of day such as 14:00."""
    return f"{value.astimezone(SHANGHAI):%H:%M}"


def local_date(value: datetime) -> date:
    """Return the day of an instant in the villages."""
    return value.astimezone(SHANGHAI).date()


def moment(value: datetime, language: Language) -> str:
    """Return a day and a time."""
    return f"{day(local_date(value), language)} {clock_time(value)}"


def seconds_time(value: datetime) -> str:
    """Return a time of day to the second, for the gate."""
    return f"{value.astimezone(SHANGHAI):%H:%M:%S}"


def money(fen: int) -> str:
    """Return an amount such as ¥128."""
    return str(Money(fen))
