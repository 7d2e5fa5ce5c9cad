"""What the notifications service tells the others."""

from datetime import datetime
from typing import ClassVar, Literal
from uuid import UUID

from shared.contracts.event import Event

# `line_*` are about one line of an order, `payment_refunded` about one refund, `waitlist_offered`
# about places that are held for a party that waited, `closure` about what it meets of a person's.
NoticeKind = Literal[
    "order_confirmed",
    "order_cancelled",
    "line_cancelled",
    "line_changed",
    "payment_refunded",
    "waitlist_offered",
    "closure",
]


class NotificationDelivered(Event):
    """A message was taken over by the mail server or the SMS gateway.

    `subject_id` is what of the order it is about, such as a line or a refund; null for all of it.
    """

    event_type: ClassVar[str] = "notification.delivered.v1"
    topic: ClassVar[str] = "notifications.delivery"

    delivery_id: UUID
    order_id: UUID
    kind: NoticeKind
    subject_id: UUID | None = None
    channel: Literal["email", "sms"]
    delivered_at: datetime
