"""By which channel, and to which address, a person is told something."""

import re
from dataclasses import dataclass, field
from typing import Final, Literal

Channel = Literal["email", "sms"]

# Narrower than RFC 5321: no quoting, no comments, no spaces, so nothing can hide in it.
EMAIL_FORM: Final = (
    r"^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)+$"
)
PHONE_FORM: Final = r"^\+?[0-9]{5,15}$"
LONGEST_ADDRESS: Final = 254


@dataclass(frozen=True, slots=True)
class Recipient:
    """Where one message goes. The address does not show itself in logs or errors."""

    channel: Channel
    address: str = field(repr=False)

    def mailbox(self, sms_domain: str) -> str:
        """Return the mail address that takes the message: the person's, or the SMS gateway's."""
        return self.address if self.channel == "email" else f"{self.address}@{sms_domain}"


def recipient_of(email: str | None, phone: str | None) -> Recipient | None:
    """Return the better of a person's addresses: mail carries tickets, a text message a link.

    None where neither can be used.
    """
    if email is not None and is_email(email):
        return Recipient("email", email)
    if phone is not None and is_phone(phone):
        return Recipient("sms", phone)
    return None


def is_email(address: str) -> bool:
    """Tell whether this is one mail address and nothing else."""
    return len(address) <= LONGEST_ADDRESS and re.fullmatch(EMAIL_FORM, address) is not None


def is_phone(number: str) -> bool:
    """Tell whether this is one phone number and nothing else."""
    return re.fullmatch(PHONE_FORM, number) is not None
