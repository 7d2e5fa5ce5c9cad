"""What the demo district consists of, read from `district.toml`."""

import tomllib
from datetime import time
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from shared.contracts.terms import (
    OfferingKind,
    OfferingTerms,
    PaymentPolicy,
    TicketPrice,
    TicketType,
)
from shared.core.localized import LocalizedText
from shared.core.month_days import MonthDay

FILE: Final = Path(__file__).with_name("district.toml")


class Part(BaseModel):
    """Anything in the file: a misspelt word in it is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class District(Part):
    """The district, and how many visitors a day it can carry."""

    slug: str
    name: LocalizedText
    day_capacity: int


class Organisation(Part):
    """Who runs venues; `member` signs in for it."""

    key: str
    name: str
    member: str


class Location(Part):
    """A point on the map."""

    lat: float
    lon: float


class Village(Part):
    """A village."""

    slug: str
    name: LocalizedText
    subdistrict: LocalizedText
    story: LocalizedText
    how_to_get_there: LocalizedText
    location: Location
    day_capacity: int


class ClosedDay(Part):
    """A day of every year (MM-DD) on which it is closed, and why."""

    day: MonthDay
    note: LocalizedText


class Offering(Part):
    """What can be booked, when, and how many at once.

    `prices` hold on all days, `special_prices` on some, for some options, or in a season. Without
    `capacity` the options of the terms say how many there are.
    """

    slug: str
    kind: OfferingKind
    payment: PaymentPolicy
    name: LocalizedText
    description: LocalizedText
    prices: dict[TicketType, int]
    special_prices: list[TicketPrice] = []
    terms: OfferingTerms = OfferingTerms()
    persons_per_unit: int | None = None
    duration_minutes: int | None = None
    capacity: int | None = None
    weekdays: list[Annotated[int, Field(ge=1, le=7)]] = []
    every_second_saturday: bool = False
    closed_on: list[ClosedDay] = []
    times: list[str] = []
    opens_at: str | None = None
    closes_at: str | None = None

    @property
    def price_list(self) -> list[TicketPrice]:
        """All prices."""
        everyday = [TicketPrice(ticket_type=ticket, fen=fen) for ticket, fen in self.prices.items()]
        return everyday + self.special_prices

    @property
    def units(self) -> int:
        """How many pitches, tables or places it has at a time."""
        return self.capacity or sum(option.units for option in self.terms.options)

    @property
    def starts(self) -> list[str]:
        """When on a day people begin, where they choose that: a table is taken on the hour."""
        if self.kind != "table" or self.opens_at is None or self.closes_at is None:
            return self.times
        hours = range(time.fromisoformat(self.opens_at).hour, self._last_hour(self.closes_at))
        return [f"{hour:02}:00" for hour in hours]

    @property
    def persons_a_day(self) -> int:
        """How many people can come on one day."""
        seats = sum(option.units * option.persons for option in self.terms.options)
        at_a_time = seats or self.units * (self.persons_per_unit or 1)
        return at_a_time * max(len(self.starts), 1)

    def _last_hour(self, closes_at: str) -> int:
        """Return the hour from which on no party can keep its table for its whole seating."""
        longest = max((step.minutes for step in self.terms.seating), default=90)
        closes = time.fromisoformat(closes_at)
        return (closes.hour * 60 + closes.minute - longest) // 60 + 1


class Photo(Part):
    """A drawing of `scenes.py`, and what it shows in words."""

    scene: str
    alt: LocalizedText


class Venue(Part):
    """A venue with its offerings, by the keys of its village and its organisation."""

    slug: str
    village: str
    organisation: str
    state: Literal["published", "submitted"] = "published"
    name: LocalizedText
    summary: LocalizedText
    description: LocalizedText
    address: LocalizedText
    day_capacity: int
    # One of its licences ends so soon; the others are good for years.
    licence_ends_in_days: int | None = None
    photos: list[Photo] = []
    offerings: list[Offering]


class Demo(Part):
    """The whole file."""

    district: District
    organisations: list[Organisation]
    villages: list[Village]
    venues: list[Venue]


def read_demo() -> Demo:
    """Return the demo district."""
    return Demo.model_validate(tomllib.loads(FILE.read_text(encoding="utf-8")))
