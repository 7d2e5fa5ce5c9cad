"""What the notifications service tells the others."""

from datetime import datetime
from typing import ClassVar, Literal
from uuid import UUID

from shared.contracts.event import Event


class NotificationDelivered(Event):
    """A message was taken over by the mail server or the SMS gateway."""

    event_type: ClassVar[str] = "notification.delivered.v1"
    topic: ClassVar[str] = "notifications.delivery"

    delivery_id: UUID
    order_id: UUID
    kind: Literal["order_confirmed", "order_cancelled"]
    channel: Literal["email", "sms"]
    delivered_at: datetime
