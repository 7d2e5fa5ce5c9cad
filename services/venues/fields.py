"""The types of what comes in: each says what a value may be, once for all use cases."""

import re
from collections.abc import Callable
from typing import Annotated, Final
from uuid import UUID

from pydantic import AfterValidator, Field, Strict, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from shared.contracts.terms import (
    DayType,
    OfferingTerms,
    OptionCode,
    Season,
    SeasonCode,
    TicketType,
    UnitOption,
)
from shared.core.localized import LocalizedText
from shared.http.models import Body, line, lines

LONGEST_SLUG: Final = 60


def _both(check: Callable[[str], str]) -> Callable[[LocalizedText], LocalizedText]:
    """Return a check of a text in both languages by the check of one."""
    return lambda pair: LocalizedText(zh=check(pair.zh), en=check(pair.en))


Slug = Annotated[
    str,
    Field(
        min_length=2,
        max_length=LONGEST_SLUG,
        pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$",
        description="Stands in addresses: lower case letters, digits, single hyphens.",
        examples=["xinlu-kiln"],
    ),
]
# What stands in a path where people may know either.
SlugOrId = Annotated[str, Field(max_length=LONGEST_SLUG, description="The slug or the id.")]
Name = Annotated[LocalizedText, AfterValidator(_both(line(120)))]
ShortText = Annotated[LocalizedText, AfterValidator(_both(line(300)))]
LongText = Annotated[LocalizedText, AfterValidator(_both(lines(4000)))]
Reason = Annotated[str, Field(min_length=1, max_length=2000), AfterValidator(lines(2000))]
# Which part of a listing is meant, as its changes are named: `address`, `offerings/pottery/prices`.
ListingField = Annotated[
    str,
    Field(
        min_length=1,
        max_length=120,
        pattern=r"^[a-z0-9_-]+(/[a-z0-9_-]+)*$",
        examples=["address", "offerings/pottery/prices"],
    ),
]
DayCapacity = Annotated[
    int, Field(ge=0, le=1_000_000, description="Visitors that it takes on one day.")
]
HourCapacity = Annotated[
    int, Field(ge=0, le=1_000_000, description="Visitors that it takes in one hour.")
]
Percent = Annotated[int, Field(ge=50, le=100, description="Of the day's capacity.")]
Neighbours = Annotated[
    # Not strict: a change's own validator hides from pydantic that a text came from JSON.
    list[Annotated[UUID, Strict(strict=False)]],
    Field(
        max_length=6,
        description="Villages of the same district to lead visitors to, the first one first.",
    ),
]
SlotCapacity = Annotated[
    int,
    Field(
        ge=1,
        le=1_000_000,
        description="Of each slot: pitches of a stay, persons of a session or an entry.",
    ),
]
# ¥1,000,000: the largest order at this price, 20 lines of 1000 pitches and 30 nights, is still
# an amount that every API and event can carry (`Fen`).
DEAREST_FEN: Final = 10**8
PriceFen = Annotated[int, Field(ge=0, le=DEAREST_FEN, description="Whole fen (CNY 0.01).")]
ExpectedVisitors = Annotated[
    int,
    Field(
        ge=1,
        le=1_000_000,
        description="People on the busiest day of an entry; from 1,000 on it needs a permit.",
    ),
]
EventPermitNumber = Annotated[
    str,
    AfterValidator(line(60)),
    Field(
        description="The number of the permit for a large event, as its licence has it.",
        json_schema_extra={"minLength": 1, "maxLength": 60},
    ),
]
CalendarSource = Annotated[
    str,
    AfterValidator(line(300)),
    Field(
        min_length=1,
        description="The notice that decrees the days.",
        examples=["国办发明电〔2025〕7号"],
        json_schema_extra={"maxLength": 300},
    ),
]
PersonsPerUnit = Annotated[int, Field(ge=1, le=100, description="Persons that a pitch holds.")]
DurationMinutes = Annotated[int, Field(ge=5, le=1440)]

_UUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)


class Location(Body):
    """A point on the map: WGS 84, in degrees."""

    lat: Annotated[float, Field(ge=-90, le=90)]
    lon: Annotated[float, Field(ge=-180, le=180)]


class Price(Body):
    """The price of one ticket of a type; for a stay, of one pitch and night.

    With a `day_type`, an `option` or a `season` it holds for those only; the most specific price
    counts. An option counts for more than a season, and a season for more than a day type.
    """

    ticket_type: TicketType
    fen: PriceFen
    day_type: DayType | None = None
    option: OptionCode | None = None
    season: SeasonCode | None = None


# A stay could have 385: 10 options and none, in 6 seasons and none, on 4 types of days and on all.
Prices = Annotated[list[Price], Field(min_length=1, max_length=200)]


class Option(UnitOption):
    """One sort of unit, with a name that people can read."""

    name: Name


class NamedSeason(Season):
    """One season, with a name that people can read."""

    name: Name


class Terms(OfferingTerms):
    """The terms of an offering as its operator says them."""

    options: Annotated[tuple[Option, ...], Field(max_length=10)] = ()
    seasons: Annotated[tuple[NamedSeason, ...], Field(max_length=6)] = ()


class Changes(Body):
    """The body of a change: what it names is changed, what it leaves out stays.

    Null is refused: nothing here can be without a value.
    """

    @field_validator("*", mode="before")
    @classmethod
    def _not_null(cls, value: object, _info: ValidationInfo) -> object:
        if value is None:
            raise PydanticCustomError("null", "null is no value here")
        return value
