"""What is refused of lines, quotes and orders."""

from shared.core.errors import ApiError


class TicketTypeUnknown(ApiError):
    """The offering has no such ticket type."""

    status = 422
    code = "ticket_type_unknown"


class LineTimeMismatch(ApiError):
    """A stay needs `date` and `nights`, a session needs `starts_at`."""

    status = 422
    code = "line_time_mismatch"


class PartySizeUnfit(ApiError):
    """The offering takes parties from `least` to `most` people."""

    status = 422
    code = "party_size_unfit"


class AdultNeeded(ApiError):
    """Children come with an adult or a senior."""

    status = 422
    code = "adult_needed"


class TooManyChildren(ApiError):
    """Each adult or senior minds `most` children at most."""

    status = 422
    code = "too_many_children"


class TooLateToBook(ApiError):
    """It has to be booked at least `lead_minutes` before it begins."""

    status = 409
    code = "too_late_to_book"


class TooEarlyToBook(ApiError):
    """It can be booked `horizon_days` ahead at most, not earlier."""

    status = 409
    code = "too_early_to_book"


class NightsUnfit(ApiError):
    """The stay is sold from `least` to `most` nights."""

    status = 422
    code = "nights_unfit"


class ArrivalDayUnfit(ApiError):
    """Stays begin on some `weekdays` only (ISO: 1 is Monday)."""

    status = 422
    code = "arrival_day_unfit"


class OptionUnknown(ApiError):
    """The line has to name one of the offering's `options`, or none where there are none."""

    status = 422
    code = "option_unknown"


class TableTooSmall(ApiError):
    """No table, and no tables pushed together, take more than `most` people."""

    status = 422
    code = "table_too_small"


class OfferingNotOnSale(ApiError):
    """The offering or its venue takes no bookings."""

    status = 409
    code = "offering_not_on_sale"


class SlotNotAvailable(ApiError):
    """There is no such time, or it is not bookable any more."""

    status = 409
    code = "slot_not_available"


class SlotClosed(ApiError):
    """A closure covers this time: nothing of it is sold until it is lifted."""

    status = 409
    code = "slot_closed"


class CalendarYearUnknown(ApiError):
    """The holidays of `year` were not decreed yet, so nothing in it can be sold."""

    status = 409
    code = "calendar_year_unknown"


class PoolExhausted(ApiError):
    """Fewer places are left than were asked for; `left` says how many."""

    status = 409
    code = "pool_exhausted"


class DayIsFull(ApiError):
    """The venue, the village or the district takes no more people that day than `left`."""

    status = 409
    code = "day_is_full"


class TooManyHolds(ApiError):
    """The visitor already holds as many orders as one may, unpaid."""

    status = 409
    code = "too_many_holds"


class TooManyForAccount(ApiError):
    """The account would have more people in the slot than the offering allows."""

    status = 409
    code = "too_many_for_account"


class PriceChanged(ApiError):
    """The price is not what the visitor was shown; `total_fen` is today's."""

    status = 409
    code = "price_changed"


class QuoteNotValid(ApiError):
    """The quote was not made by us, was changed, or was made for somebody else."""

    status = 422
    code = "quote_not_valid"


class QuoteExpired(ApiError):
    """The quote's time is over; a new one costs nothing."""

    status = 409
    code = "quote_expired"


class NoRefundNotAccepted(ApiError):
    """Some of it can't be refunded, and the visitor has not said yes to that."""

    status = 409
    code = "no_refund_not_accepted"


class OfferingUnknown(ApiError):
    """Bookings has never heard of the offering."""

    status = 422
    code = "offering_unknown"


class VisitInTheFuture(ApiError):
    """A visit of the past can't be after today."""

    status = 422
    code = "visit_in_the_future"


class TooManyPhoneSearches(ApiError):
    """Phone digits that no booking of this venue has were searched too often within the hour."""

    status = 429
    code = "too_many_phone_searches"
