"""How lines and contacts come in, for everything that books: orders, quotes, waiting lists."""

from typing import Annotated, Final
from uuid import UUID

import phonenumbers
from annotated_types import Len
from pydantic import AfterValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from services.bookings.domain.lines import WantedLine
from services.bookings.domain.party import (
    MOST_LINES,
    MOST_NIGHTS,
    MOST_PERSONS_EVER,
    TicketType,
    persons_in,
)
from services.bookings.views import SealedContact
from shared.contracts.terms import OptionCode
from shared.http.models import Body, Day, Instant, PersonName

LONGEST_PHONE: Final = 24

TicketCount = Annotated[int, Field(ge=1, le=MOST_PERSONS_EVER)]
Tickets = Annotated[dict[TicketType, TicketCount], Len(1)]


def _phone(text: str) -> str:
    """Return a number as ITU-T E.164 writes it; without a country it is a Chinese one."""
    try:
        number = phonenumbers.parse(text, "CN")
    except phonenumbers.NumberParseException:
        number = None
    if number is None or not phonenumbers.is_possible_number(number):
        raise PydanticCustomError("phone", "Input should be a phone number")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


Phone = Annotated[str, Field(max_length=LONGEST_PHONE), AfterValidator(_phone)]


class LineRequest(Body):
    """One offering at one time.

    `starts_at` for a session and a table, `date` and `nights` for a stay, `date` or `starts_at`
    for an entry. `option` is the type of pitch, where there are several.
    """

    offering_id: UUID
    starts_at: Instant | None = None
    first_day: Day | None = Field(None, alias="date")
    nights: Annotated[int, Field(ge=1, le=MOST_NIGHTS)] | None = None
    option: OptionCode | None = None
    tickets: Tickets

    @model_validator(mode="after")
    def _one_way_to_say_when(self) -> "LineRequest":
        by_day = self.first_day is not None
        if by_day == (self.starts_at is not None) or (self.nights is not None and not by_day):
            raise PydanticCustomError("line_time", "Give starts_at, or date (and nights)")
        if persons_in(self.tickets) > MOST_PERSONS_EVER:
            raise PydanticCustomError("party_too_large", "The party is too large")
        return self

    def wanted(self) -> WantedLine:
        """Return the line as the rules want it."""
        return WantedLine(
            self.offering_id,
            self.starts_at,
            self.first_day,
            self.nights,
            self.option,
            self.tickets,
        )


Lines = Annotated[list[LineRequest], Len(1, MOST_LINES)]


class ContactRequest(Body):
    """Whom the gate expects, and a phone for whoever has no account to be reached by."""

    name: PersonName
    phone: Phone | None = None

    def as_sealed(self) -> SealedContact:
        """Return the contact as it is kept."""
        return SealedContact(name=self.name, phone=self.phone)
