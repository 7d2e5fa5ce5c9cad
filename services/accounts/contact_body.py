"""The part of a request that names a person by e-mail or by phone."""

from collections.abc import Callable
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from services.accounts.domain.contacts import Contact, email_contact, phone_contact
from shared.http.models import Body


def _normalised(read: Callable[[str], Contact], code: str) -> Callable[[str], str]:
    def normalise(typed: str) -> str:
        try:
            return read(typed).address
        except ValueError:
            raise PydanticCustomError(code, "Input should be an address") from None

    return normalise


Email = Annotated[
    str,
    Field(max_length=320, description="E-mail address.", examples=["lin@example.com"]),
    AfterValidator(_normalised(email_contact, "email_malformed")),
]
Phone = Annotated[
    str,
    Field(
        max_length=64,
        description="Mobile number; without a country code it is Chinese.",
        examples=["+8613800138000"],
    ),
    AfterValidator(_normalised(phone_contact, "phone_malformed")),
]


class ContactBody(Body):
    """Exactly one of the two."""

    email: Email | None = None
    phone: Phone | None = None

    @model_validator(mode="after")
    def _check_one_contact(self) -> Self:
        if (self.email is None) == (self.phone is None):
            raise PydanticCustomError("one_contact", "Give an e-mail address or a phone number")
        return self

    @property
    def contact(self) -> Contact:
        """The normalised contact."""
        if self.email is not None:
            return Contact("email", self.email)
        return Contact("phone", self.phone or "")
