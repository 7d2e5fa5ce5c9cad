"""Names, phone numbers and addresses as others see them: enough to tell people apart.

docs/domain.md rule 14: masked by default, and whoever reads more is written down.
"""

from typing import Annotated, TypeAlias, overload

from pydantic import AfterValidator

# Shown of a phone number, at its beginning and at its end.
_SHOWN_FIRST = 3
_SHOWN_LAST = 4
# Shown of an order's code, whose other half stays its guest's secret.
_SHOWN_OF_CODE = 4


@overload
def masked_name(name: str) -> str: ...
@overload
def masked_name(name: None) -> None: ...
def masked_name(name: str | None) -> str | None:
    """Return the first character of a name, and as many stars whatever follows: 林**."""
    return None if name is None else f"{name[:1]}**"


@overload
def masked_phone(phone: str) -> str: ...
@overload
def masked_phone(phone: None) -> None: ...
def masked_phone(phone: str | None) -> str | None:
    """Return a phone number with its middle hidden: 138****8000; of a short one, nothing."""
    if phone is None:
        return None
    digits = phone.removeprefix("+86")
    if len(digits) < _SHOWN_FIRST + _SHOWN_LAST + 1:
        return "****"
    return f"{digits[:_SHOWN_FIRST]}****{digits[-_SHOWN_LAST:]}"


@overload
def masked_email(email: str) -> str: ...
@overload
def masked_email(email: None) -> None: ...
def masked_email(email: str | None) -> str | None:
    """Return an e-mail address by its initials and its last part: l***@e***.com."""
    if email is None:
        return None
    local, _, domain = email.partition("@")
    first, _, last = domain.rpartition(".")
    return f"{local[:1]}***@{first[:1]}***.{last}"


def masked_code(code: str) -> str:
    """Return an order's code by its end, which is what people compare: ****-M2XP."""
    return f"****-{code[-_SHOWN_OF_CODE:]}"


# A field of an answer to people who serve an order: with its whole code and four digits anybody
# opens it without an account.
CodeEnd: TypeAlias = Annotated[str, AfterValidator(masked_code)]
