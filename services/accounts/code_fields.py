"""Codes as people type them."""

import unicodedata
from typing import Annotated

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from services.accounts.domain.login_codes import DIGITS


def _six_digits(typed: str) -> str:
    """Return the digits of a code as people type it: in full width, or as `123 456`."""
    digits = unicodedata.normalize("NFKC", typed).replace(" ", "")
    if len(digits) != DIGITS or not (digits.isascii() and digits.isdigit()):
        raise PydanticCustomError("code_malformed", "Input should be six digits")
    return digits


SixDigits = Annotated[str, Field(max_length=32), AfterValidator(_six_digits)]
