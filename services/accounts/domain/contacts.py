"""Addresses and phone numbers in the one form in which they are kept and compared.

Sources: RFC 5321 §4.5.3.1 (lengths), RFC 5322 §3.2.3 (dot-atom), RFC 1035 §2.3.1 (labels),
ITU-T E.164 through the `phonenumbers` library.
"""

import re
import unicodedata
from dataclasses import dataclass, field
from typing import Final, Literal

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat, PhoneNumberType, ValidationResult

Channel = Literal["email", "phone"]

HOME_REGION: Final = "CN"
LONGEST_EMAIL: Final = 254
LONGEST_LOCAL_PART: Final = 64
# As people type it, with spaces and a country code.
LONGEST_TYPED_PHONE: Final = 32

_LOCAL_PART: Final = re.compile(
    r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*", re.ASCII
)
_LABEL: Final = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
# The last label has a letter in it: an address in numbers is a host, not a domain.
_DOMAIN: Final = re.compile(rf"({_LABEL}\.)+(?=[a-z0-9-]*[a-z]){_LABEL}", re.ASCII)
_TYPED_PHONE: Final = re.compile(r"\+?[0-9 ().-]+", re.ASCII)


@dataclass(frozen=True, slots=True)
class Contact:
    """One way to reach a person, normalised; it does not show itself in logs or errors."""

    channel: Channel
    address: str = field(repr=False)


def email_contact(typed: str) -> Contact:
    """Return the address that was typed, in lower case and plain ASCII.

    Full-width letters of a Chinese keyboard are taken for what they stand for; Chinese domains
    are written in their ASCII form (IDNA). Letter case is dropped in the part before the @ too:
    phones capitalise it, and no mailbox of today depends on it. Raises ValueError.
    """
    text = unicodedata.normalize("NFKC", typed).strip(" ").lower()
    local, _, domain = text.rpartition("@")
    if domain and not domain.isascii():
        domain = _ascii_domain(domain)
    address = f"{local}@{domain}"
    if (
        len(address) > LONGEST_EMAIL
        or len(local) > LONGEST_LOCAL_PART
        or not _LOCAL_PART.fullmatch(local)
        or not _DOMAIN.fullmatch(domain)
    ):
        raise ValueError("not an e-mail address")
    return Contact("email", address)


def _ascii_domain(domain: str) -> str:
    try:
        return domain.encode("idna").decode("ascii").lower()
    except UnicodeError:
        return ""


def phone_contact(typed: str) -> Contact:
    """Return the number that was typed, in E.164; without a country code it is Chinese.

    Asks only whether a mobile number could look like this, not whether it was ever assigned:
    numbering plans change faster than software. Raises ValueError.
    """
    text = unicodedata.normalize("NFKC", typed).strip(" ")
    if len(text) > LONGEST_TYPED_PHONE or not _TYPED_PHONE.fullmatch(text):
        raise ValueError("not a phone number")
    try:
        number = phonenumbers.parse(text, HOME_REGION)
    except NumberParseException:
        raise ValueError("not a phone number") from None
    verdict = phonenumbers.is_possible_number_for_type_with_reason(number, PhoneNumberType.MOBILE)
    if verdict != ValidationResult.IS_POSSIBLE:
        raise ValueError("not a possible mobile number")
    return Contact("phone", phonenumbers.format_number(number, PhoneNumberFormat.E164))


def country_of(contact: Contact) -> int | None:
    """Return the country code of a phone number, such as 86; None for a mail address."""
    if contact.channel != "phone":
        return None
    return phonenumbers.parse(contact.address).country_code


def listed_contacts(listed: str) -> list[Contact]:
    """Return the contacts of a list with commas. Raises ValueError for an entry that is none."""
    entries = filter(None, map(str.strip, listed.split(",")))
    return [email_contact(one) if "@" in one else phone_contact(one) for one in entries]
