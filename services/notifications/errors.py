"""What the notifications service refuses, besides what every service does."""

from shared.core.errors import ApiError


class MessageRefused(ApiError):
    """The mail server will never take this message for this mailbox."""

    status = 409
    code = "message_refused"
