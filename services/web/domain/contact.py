"""What a person types to sign in: an e-mail address or a phone number."""

import re
from typing import Final

import phonenumbers

_EMAIL: Final = re.compile(r"[^@\s]{1,64}@[^@\s]+\.[^@\s]{2,}")
LONGEST: Final = 254
_SHOWN_FIRST: Final = 3
_SHOWN_LAST: Final = 4


def read_contact(typed: str) -> dict[str, str] | None:
    """Return `{"email": …}` or `{"phone": …}` (E.164), or None for what is neither."""
    text = typed.strip()
    if len(text) <= LONGEST and _EMAIL.fullmatch(text):
        return {"email": text}
    try:
        number = phonenumbers.parse(text, "CN")
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return {"phone": phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)}


def masked(contact: dict[str, str]) -> str:
    """Return the contact as it is shown on a screen that others may see."""
    if phone := contact.get("phone"):
        digits = phone.removeprefix("+86")
        return f"{digits[:_SHOWN_FIRST]}****{digits[-_SHOWN_LAST:]}"
    name, _, host = contact.get("email", "").partition("@")
    return f"{name[:2]}***@{host}"
