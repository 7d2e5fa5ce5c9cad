"""What bookings refuses, each with its status and stable code; sentences stand in `locale/`."""

from shared.core.errors import ApiError


class TicketTypeUnknown(ApiError):
    """The offering has no such ticket type."""

    status = 422
    code = "ticket_type_unknown"


class LineTimeMismatch(ApiError):
    """A stay needs `date` and `nights`, a session needs `starts_at`."""

    status = 422
    code = "line_time_mismatch"


class TicketNotGenuine(ApiError):
    """The ticket's code was not signed by us, or was changed."""

    status = 422
    code = "ticket_not_genuine"


class OfferingNotOnSale(ApiError):
    """The offering or its venue takes no bookings."""

    status = 409
    code = "offering_not_on_sale"


class SlotNotAvailable(ApiError):
    """There is no such time, or it is not bookable any more."""

    status = 409
    code = "slot_not_available"


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


class PriceChanged(ApiError):
    """The price is not what the visitor was shown; `total_fen` is today's."""

    status = 409
    code = "price_changed"


class PaymentMethodNotAccepted(ApiError):
    """The order can't be paid in this way."""

    status = 409
    code = "payment_method_not_accepted"


class HoldExpired(ApiError):
    """The places were kept for a while and are free again."""

    status = 409
    code = "hold_expired"


class OrderNotPayable(ApiError):
    """The order is not waiting for a payment."""

    status = 409
    code = "order_not_payable"


class OrderNotCancellable(ApiError):
    """The order has begun, or somebody is already checked in."""

    status = 409
    code = "order_not_cancellable"


class TicketAlreadyUsed(ApiError):
    """The ticket was checked in before; `checked_in_at` says when."""

    status = 409
    code = "ticket_already_used"


class TicketForAnotherDay(ApiError):
    """The ticket is genuine, but not for today; `day` says for when."""

    status = 409
    code = "ticket_for_another_day"


class TicketCancelled(ApiError):
    """The ticket's order does not stand."""

    status = 409
    code = "ticket_cancelled"


class OfferingUnknown(ApiError):
    """Bookings has never heard of the offering."""

    status = 422
    code = "offering_unknown"


class VisitInTheFuture(ApiError):
    """A visit of the past can't be after today."""

    status = 422
    code = "visit_in_the_future"


class PartySizeUnfit(ApiError):
    """The offering takes parties from `least` to `most` people."""

    status = 422
    code = "party_size_unfit"


class AdultNeeded(ApiError):
    """Children come with an adult or a senior."""

    status = 422
    code = "adult_needed"


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


class CalendarYearUnknown(ApiError):
    """The holidays of `year` were not decreed yet, so nothing in it can be sold."""

    status = 409
    code = "calendar_year_unknown"


class TooManyForAccount(ApiError):
    """The account would have more people in the slot than the offering allows."""

    status = 409
    code = "too_many_for_account"


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


class RefundExceedsPayment(ApiError):
    """More was asked back than is left of what was paid."""

    status = 409
    code = "refund_exceeds_payment"


class PaymentRefused(ApiError):
    """The payment provider does not want this payment."""

    status = 409
    code = "payment_refused"


class CallbackRefused(ApiError):
    """The report was not signed by the provider, is too old, or is about somebody else's money."""

    status = 403
    code = "callback_refused"


class ReturnAddressForeign(ApiError):
    """Visitors are sent back to our own pages only."""

    status = 422
    code = "return_address_foreign"


class NothingOwed(ApiError):
    """The line owes less than was received; `owed_fen` is what is open."""

    status = 409
    code = "nothing_owed"


class RefundChanged(ApiError):
    """Another amount would come back than the visitor was shown; `refund_fen` is today's."""

    status = 409
    code = "refund_changed"


class LineNotChangeable(ApiError):
    """The line can't be changed any more, or not to this; `reason` says why."""

    status = 409
    code = "line_not_changeable"


class DifferenceChanged(ApiError):
    """The change costs something else than the visitor was shown; `difference_fen` is today's."""

    status = 409
    code = "difference_changed"


class NothingToChange(ApiError):
    """The line already is as it was asked to be."""

    status = 422
    code = "nothing_to_change"


class TicketNotInside(ApiError):
    """The ticket was scanned on the way out, but nobody came in with it."""

    status = 409
    code = "ticket_not_inside"


class CheckInUndone(ApiError):
    """This very scan was a check-in that was taken back; a new scan needs an id of its own."""

    status = 409
    code = "check_in_undone"


class UndoTooLate(ApiError):
    """A check-in can be taken back for ten minutes, while its order is not over."""

    status = 409
    code = "undo_too_late"


class ScanIdReused(ApiError):
    """The id of the scan belongs to a scan of another ticket."""

    status = 422
    code = "scan_id_reused"


class PlacesLeft(ApiError):
    """There is room for the party at the wish number `wish`: nobody needs to wait for it."""

    status = 409
    code = "places_left"


class AlreadyWaiting(ApiError):
    """The visitor waits for the wish number `wish` already."""

    status = 409
    code = "already_waiting"


class TooManyWaitlistEntries(ApiError):
    """The visitor waits for as much at once as one may."""

    status = 409
    code = "too_many_waitlist_entries"


class NoOpenOffer(ApiError):
    """The entry holds no offer that could be refused; `state` says why."""

    status = 409
    code = "no_open_offer"


class WaitlistEntryEnded(ApiError):
    """The entry of the waiting list is over; `state` says how."""

    status = 409
    code = "waitlist_entry_ended"


class RefundNotFailed(ApiError):
    """The refund is on its way, or has arrived."""

    status = 409
    code = "refund_not_failed"
