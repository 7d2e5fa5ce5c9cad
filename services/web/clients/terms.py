"""The terms of an offering, as far as pages tell of them."""

from typing import Final

from services.web.clients.seen import Seen, Words

# The largest party where an offering does not say it; pages let nobody choose more.
MOST_PERSONS: Final = 20


class RefundTier(Seen):
    """Who cancels this many hours before the beginning gets this much back."""

    hours_before: int
    percent: int


class Refunds(Seen):
    """What comes back of what was paid in advance; `holiday` is for lines of holidays."""

    ordinary: tuple[RefundTier, ...] = ()
    holiday: tuple[RefundTier, ...] = ()
    non_refundable: bool = False


class UnitOption(Seen):
    """A type of pitch, or the tables of one size."""

    code: str
    name: Words
    units: int
    persons: int


class SeatingStep(Seen):
    """How long parties of up to so many people keep their table."""

    up_to_persons: int
    minutes: int


class GroupStep(Seen):
    """How much less large parties pay."""

    from_persons: int
    percent_off: int


class Season(Seen):
    """Days of every year (MM-DD, both included) with prices of their own."""

    code: str
    name: Words
    from_day: str
    until_day: str


class ChildAges(Seen):
    """From which age up to which somebody is a child."""

    from_age: int = 0
    until_age: int


class Terms(Seen):
    """Who may book how much of an offering."""

    party_least: int = 1
    party_most: int | None = None
    children_per_adult_most: int | None = None
    child_ages: ChildAges | None = None
    senior_from_age: int | None = None
    lead_minutes: int = 0
    horizon_days: int = 90
    nights_least: int = 1
    nights_most: int = 10
    options: tuple[UnitOption, ...] = ()
    seating: tuple[SeatingStep, ...] = ()
    group_steps: tuple[GroupStep, ...] = ()
    seasons: tuple[Season, ...] = ()
    refunds: Refunds = Refunds()

    @property
    def most_persons(self) -> int:
        """The largest party that can be chosen on a page."""
        return min(self.party_most or MOST_PERSONS, MOST_PERSONS)

    def takes(self, persons: int) -> bool:
        """Tell whether a party of this size can book at all."""
        return self.party_least <= persons <= self.most_persons

    def option(self, code: str | None) -> UnitOption | None:
        """Return the option with a code."""
        return next((one for one in self.options if one.code == code), None)

    def seating_minutes(self, persons: int) -> int | None:
        """Return how long a party keeps its table, where that is said."""
        return next((one.minutes for one in self.seating if persons <= one.up_to_persons), None)
