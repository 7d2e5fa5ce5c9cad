"""What bookings answers about money: ways to pay, payments, refunds."""

from datetime import datetime
from uuid import UUID

from services.web.clients.seen import Seen


class PaymentMethod(Seen):
    """A way to pay; `in_advance` is at a provider's page."""

    method: str
    in_advance: bool = False


class PaymentMethods(Seen):
    """All ways to pay."""

    items: tuple[PaymentMethod, ...] = ()


class Refund(Seen):
    """Money on its way back."""

    refund_id: UUID
    line_id: UUID | None = None
    cause: str
    amount_fen: int
    state: str
    requested_at: datetime
    done_at: datetime | None = None


class Payment(Seen):
    """One attempt to pay an order, or the difference of one changed line."""

    payment_id: UUID
    line_id: UUID | None = None
    method: str
    state: str
    amount_fen: int
    pay_url: str | None = None
    shown_as: str = "page"
    refunds: tuple[Refund, ...] = ()


class Payments(Seen):
    """The payments of an order, the first one first."""

    items: tuple[Payment, ...] = ()

    @property
    def open(self) -> list[Payment]:
        """Those that can still be made, the last one first."""
        return [one for one in reversed(self.items) if one.state == "started" and one.pay_url]

    @property
    def refunds(self) -> list[Refund]:
        """What goes back, in the order of asking."""
        found = [refund for payment in self.items for refund in payment.refunds]
        return sorted(found, key=lambda refund: refund.requested_at)
