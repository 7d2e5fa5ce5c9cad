"""What search is asked for, and who asks."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from services.venues.domain.life import State
from services.venues.domain.search_query import SearchQuery
from shared.contracts.terms import OfferingKind
from shared.core.clock import local_day
from shared.http.access import Caller

# Days that are looked at where no day was given.
USUAL_DAYS: Final = 7


@dataclass(frozen=True, slots=True)
class Sight:
    """Which venues the caller may see at all: published ones, and those of their own."""

    states: tuple[State, ...]
    sees_all: bool
    organisations: tuple[UUID, ...]
    venues: tuple[UUID | None, ...]
    organisation: UUID | None

    @property
    def arguments(self) -> tuple[object, ...]:
        """The sight as the first five arguments of a statement."""
        return (
            list(self.states),
            self.sees_all,
            list(self.organisations),
            list(self.venues),
            self.organisation,
        )


@dataclass(frozen=True, slots=True)
class Asked:
    """All that is asked for; what is None does not matter.

    With `days` it has to take place on one of them, and with a party to have places for it then.
    `words` is the text as it was given.
    """

    sight: Sight
    now: datetime
    days: tuple[date, ...]
    party: int | None
    kind: OfferingKind | None
    village: str | None
    price_most_fen: int | None
    near: tuple[float, float] | None
    within_km: float
    words: str | None
    query: SearchQuery

    @property
    def today(self) -> date:
        """The day on which is asked."""
        return local_day(self.now)

    @property
    def days_seen(self) -> tuple[date, ...]:
        """The days on which villages are looked at: the asked ones, else those of the coming week.

        There are none where nothing is asked for: such a list has its own order.
        """
        if self.days:
            return self.days
        choices = (self.words, self.near, self.kind, self.village, self.price_most_fen)
        if all(choice is None for choice in choices):
            return ()
        return tuple(self.today + timedelta(days=number) for number in range(USUAL_DAYS))

    @property
    def persons(self) -> int:
        """How many people there must be room for; nobody, where no party was given."""
        return self.party or 0


def sight_of(caller: Caller | None, states: tuple[State, ...], organisation: UUID | None) -> Sight:
    """Return what a caller sees: the office and our services all, operators their own as well."""
    if caller is None:
        return Sight(states, sees_all=False, organisations=(), venues=(), organisation=organisation)
    reach = caller.reach("venue.read")
    return Sight(
        states,
        sees_all=caller.service is not None or (caller.is_office and caller.may("venue.read")),
        organisations=tuple(reach.organisations),
        venues=tuple(reach.venues),
        organisation=organisation,
    )
