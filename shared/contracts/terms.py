"""The terms of an offering: who may book how much of it, for how much, and what a refund is.

They are written by the operator, published with the offering, and frozen into every order line
that was sold under them. All percentages are whole; hours count back from a line's beginning.
"""

from datetime import date
from itertools import combinations, pairwise
from typing import Annotated, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StrictBool, model_validator
from pydantic_core import PydanticCustomError

from shared.core.localized import LocalizedText
from shared.core.money import Fen
from shared.core.month_days import MonthDay, falls_within, overlap

OfferingKind = Literal["stay", "table", "session", "entry"]
# `pitch` is a stay's unit; `table` one seating at a table, whoever sits there.
TicketType = Literal["adult", "child", "senior", "pitch", "table"]
# `free`: nothing to pay; `on_site`: at the venue, or before; `online`: before, or not at all.
PaymentPolicy = Literal["free", "on_site", "online"]
# What a day is by decree, not by its name (docs/domain.md rule 4).
DayType = Literal["workday", "weekend", "holiday", "make_up_workday"]

OptionCode = Annotated[str, Field(strict=True, pattern=r"^[a-z0-9](-?[a-z0-9]){0,19}$")]
SeasonCode = OptionCode
Percent = Annotated[int, Field(strict=True, ge=0, le=100)]
Age = Annotated[int, Field(strict=True, ge=0, le=120, description="In years.")]
Weekday = Annotated[int, Field(strict=True, ge=1, le=7, description="ISO: 1 is Monday.")]
Persons = Annotated[int, Field(strict=True, ge=1, le=1000)]

# A table's time is cut into quarters of an hour.
QUARTER_MINUTES: Final = 15
# Days ahead for which anything can be booked.
MOST_DAYS_AHEAD: Final = 90
MOST_TIERS: Final = 10


class Term(BaseModel):
    """A part of the terms."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class TicketPrice(Term):
    """The price of one ticket of a type; for a stay, of one pitch and night.

    With a `day_type`, an `option` or a `season` it holds for those only; the most specific price
    counts. An option counts for more than a season, and a season for more than a day type.
    """

    ticket_type: TicketType
    fen: Fen
    day_type: DayType | None = None
    option: OptionCode | None = None
    season: SeasonCode | None = None


class UnitOption(Term):
    """One sort of unit: a type of pitch, or the tables of one size.

    `units` is how many of them each slot has; `persons` how many people one takes.
    """

    code: OptionCode
    name: LocalizedText
    units: Annotated[int, Field(strict=True, ge=1, le=10_000)]
    persons: Persons


class TableJoin(Term):
    """Tables that can be pushed together, by their options, and how many people sit there then."""

    options: Annotated[tuple[OptionCode, ...], Field(min_length=2, max_length=4)]
    persons: Persons


class SeatingStep(Term):
    """Parties of up to `up_to_persons` keep their table for `minutes`, in whole quarters."""

    up_to_persons: Persons
    minutes: Annotated[
        int, Field(strict=True, ge=QUARTER_MINUTES, le=480, multiple_of=QUARTER_MINUTES)
    ]


class GroupStep(Term):
    """Parties of `from_persons` and more pay `percent_off` less."""

    from_persons: Persons
    percent_off: Percent


class Season(Term):
    """Days of every year with prices of their own, both included; it may run into the next year."""

    code: SeasonCode
    name: LocalizedText
    from_day: MonthDay
    until_day: MonthDay


class ChildAges(Term):
    """From which age up to which (both included) somebody is a child; younger ones come free."""

    from_age: Age = 0
    until_age: Age

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.until_age < self.from_age:
            raise PydanticCustomError("most_below_least", "a most is below its least")
        return self


class RefundTier(Term):
    """Who cancels at least `hours_before` the beginning gets `percent` of the price back."""

    hours_before: Annotated[int, Field(strict=True, ge=0, le=8760)]
    percent: Percent


class RefundTerms(Term):
    """What comes back when a visitor cancels (docs/domain.md rule 6).

    The tiers of the line's first day count: `holiday` for holidays, `ordinary` for all others.
    The first tier whose hours are met counts; where none is met, nothing comes back. Without any
    tier everything does, until the line begins; afterwards, nothing. Disasters and closures by
    the operator always refund whole, whatever stands here.
    """

    ordinary: Annotated[tuple[RefundTier, ...], Field(max_length=MOST_TIERS)] = (
        RefundTier(hours_before=168, percent=100),
        RefundTier(hours_before=72, percent=80),
        RefundTier(hours_before=24, percent=50),
    )
    holiday: Annotated[tuple[RefundTier, ...], Field(max_length=MOST_TIERS)] = (
        RefundTier(hours_before=360, percent=100),
        RefundTier(hours_before=168, percent=80),
        RefundTier(hours_before=72, percent=50),
    )
    # Needs the visitor's second confirmation when it is booked.
    non_refundable: StrictBool = False

    @model_validator(mode="after")
    def _earlier_gives_more(self) -> Self:
        for tiers in (self.ordinary, self.holiday):
            pairs = [(tier.hours_before, tier.percent) for tier in tiers]
            falling = all(
                early[0] > late[0] and early[1] >= late[1] for early, late in pairwise(pairs)
            )
            if not falling:
                raise PydanticCustomError(
                    "refund_tiers_unsorted",
                    "refund tiers go from early to late and from more to less",
                )
        return self


class OfferingTerms(Term):
    """What an operator says about booking, beyond name and prices. The defaults ask for nothing.

    `nights_*` and `arrival_weekdays` are for stays, `seating` and `joins` for tables, `party_*`
    and `group_steps` for all. `most_per_account` counts people that one account may have booked
    in one slot. Without `options` all units of a slot are alike.

    What is booked begins in `lead_minutes` at the earliest, and all of its days lie within
    `horizon_days` from today. `seasons` have prices of their own. Who is a child or a senior is
    said by age (`child_ages`, `senior_from_age`): visitors are told so, the gate may ask. Adults
    and seniors mind `children_per_adult_most` children each.
    """

    party_least: Persons = 1
    party_most: Persons | None = None
    child_needs_adult: StrictBool = True
    children_per_adult_most: Annotated[int, Field(strict=True, ge=1, le=50)] | None = None
    child_ages: ChildAges | None = None
    senior_from_age: Age | None = None
    most_per_account: Persons | None = None
    lead_minutes: Annotated[int, Field(strict=True, ge=0, le=43_200)] = 0
    horizon_days: Annotated[int, Field(strict=True, ge=1, le=MOST_DAYS_AHEAD)] = MOST_DAYS_AHEAD
    nights_least: Annotated[int, Field(strict=True, ge=1, le=30)] = 1
    nights_most: Annotated[int, Field(strict=True, ge=1, le=30)] = 10
    arrival_weekdays: Annotated[tuple[Weekday, ...], Field(min_length=1, max_length=7)] = (
        1, 2, 3, 4, 5, 6, 7,
    )  # fmt: skip
    options: Annotated[tuple[UnitOption, ...], Field(max_length=10)] = ()
    joins: Annotated[tuple[TableJoin, ...], Field(max_length=20)] = ()
    seating: Annotated[tuple[SeatingStep, ...], Field(max_length=10)] = ()
    group_steps: Annotated[tuple[GroupStep, ...], Field(max_length=10)] = ()
    seasons: Annotated[tuple[Season, ...], Field(max_length=6)] = ()
    refunds: RefundTerms = RefundTerms()

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        codes = [option.code for option in self.options]
        if len(set(codes)) < len(codes):
            raise PydanticCustomError("option_repeated", "an option stands there twice")
        if not {code for join in self.joins for code in join.options} <= set(codes):
            raise PydanticCustomError("unknown_option", "a join names an option that is none")
        if self.nights_most < self.nights_least or (
            self.party_most is not None and self.party_most < self.party_least
        ):
            raise PydanticCustomError("most_below_least", "a most is below its least")
        steps = [step.up_to_persons for step in self.seating]
        groups = [step.from_persons for step in self.group_steps]
        if steps != sorted(set(steps)) or groups != sorted(set(groups)):
            raise PydanticCustomError("steps_unsorted", "steps go from small to large parties")
        return self

    @model_validator(mode="after")
    def _seasons_apart(self) -> Self:
        spans = [(season.from_day, season.until_day) for season in self.seasons]
        if len({season.code for season in self.seasons}) < len(spans) or any(
            overlap(*pair) for pair in combinations(spans, 2)
        ):
            raise PydanticCustomError("seasons_overlap", "a day is in two seasons")
        return self

    @model_validator(mode="after")
    def _ages_apart(self) -> Self:
        if (
            self.child_ages is not None
            and self.senior_from_age is not None
            and self.senior_from_age <= self.child_ages.until_age
        ):
            raise PydanticCustomError("most_below_least", "a most is below its least")
        return self

    def season_of(self, day: date) -> SeasonCode | None:
        """Return the season that a day lies in; None for most days."""
        for season in self.seasons:
            if falls_within(day, season.from_day, season.until_day):
                return season.code
        return None
