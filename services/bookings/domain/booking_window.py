"""From when until when something can be booked, as its offering's terms say."""

from datetime import date, datetime, timedelta

from services.bookings.domain.refusals import TooEarlyToBook, TooLateToBook
from shared.contracts.terms import MOST_DAYS_AHEAD, OfferingTerms
from shared.core.clock import local_day


def check_booking_window(
    terms: OfferingTerms, starts_at: datetime, last_day: date, now: datetime
) -> None:
    """Refuse what begins too soon to be prepared for, and what is too far ahead.

    Raises TooLateToBook and TooEarlyToBook. Without a lead time whatever is on sale is not too
    late: a night can be booked in the evening, an entry while it is open.
    """
    if terms.lead_minutes and starts_at - now < timedelta(minutes=terms.lead_minutes):
        raise TooLateToBook(terms.lead_minutes)
    if terms.horizon_days < MOST_DAYS_AHEAD and last_day - local_day(now) > timedelta(
        days=terms.horizon_days
    ):
        raise TooEarlyToBook(terms.horizon_days)


def is_bookable(terms: OfferingTerms, starts_at: datetime, day: date, now: datetime) -> bool:
    """Tell whether one slot can be booked now by its lead time and horizon."""
    try:
        check_booking_window(terms, starts_at, day, now)
    except (TooLateToBook, TooEarlyToBook):
        return False
    return True
