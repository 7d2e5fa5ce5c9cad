"""What is refused of payments and refunds."""

from shared.core.errors import ApiError


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


class NothingOwed(ApiError):
    """The line owes less than was received; `owed_fen` is what is open."""

    status = 409
    code = "nothing_owed"


class ReturnAddressForeign(ApiError):
    """Visitors are sent back to our own pages only."""

    status = 422
    code = "return_address_foreign"


class PaymentRefused(ApiError):
    """The payment provider does not want this payment."""

    status = 409
    code = "payment_refused"


class CallbackRefused(ApiError):
    """The report was not signed by the provider, is too old, or is about somebody else's money."""

    status = 403
    code = "callback_refused"


class RefundExceedsPayment(ApiError):
    """More was asked back than is left of what was paid."""

    status = 409
    code = "refund_exceeds_payment"


class RefundNotFailed(ApiError):
    """The refund is on its way, or has arrived."""

    status = 409
    code = "refund_not_failed"


class OrderNeverPayable(ApiError):
    """It has to be paid in advance, and nobody could: `reason` is `operators` or `merchants`.

    More operators than one payment can pay (`most`), or no way to pay that pays all of them.
    """

    status = 409
    code = "order_never_payable"
