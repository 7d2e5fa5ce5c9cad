"""What the demo district consists of, read from `district.toml`."""

import tomllib
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from shared.contracts.terms import OfferingKind, PaymentPolicy, TicketType
from shared.core.localized import LocalizedText

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


class Offering(Part):
    """What can be booked, when, and how many at once."""

    slug: str
    kind: OfferingKind
    payment: PaymentPolicy
    name: LocalizedText
    description: LocalizedText
    prices: dict[TicketType, int]
    persons_per_unit: int | None = None
    duration_minutes: int | None = None
    capacity: int
    weekdays: list[Annotated[int, Field(ge=1, le=7)]]
    times: list[str] = []


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
