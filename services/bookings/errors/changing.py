"""What is refused of cancellations and changes."""

from shared.core.errors import ApiError


class OrderNotCancellable(ApiError):
    """The order has begun, or somebody is already checked in."""

    status = 409
    code = "order_not_cancellable"


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
