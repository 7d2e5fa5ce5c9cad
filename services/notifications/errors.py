"""What the notifications service refuses, besides what every service does."""

from shared.core.errors import ApiError


class MessageRefused(ApiError):
    """The mail server knows no such mailbox: it will never take this message."""

    status = 409
    code = "message_refused"
