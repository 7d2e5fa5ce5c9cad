"""From what a visitor asks for to a line that can be stored: times, people, price and claims."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from itertools import chain
from typing import Any, Final
from uuid import UUID

from services.bookings.domain.claims import Claim, claims_for
from services.bookings.domain.party import (
    Kind,
    TicketType,
    check_party,
    party_bounds,
    persons_in,
    units_for,
)
from services.bookings.domain.price import (
    BreakdownItem,
    PriceList,
    group_discount,
    price_line,
    total_of,
)
from services.bookings.domain.refusals import (
    ArrivalDayUnfit,
    LineTimeUnfit,
    NightsUnfit,
    OptionUnknown,
    UnitsNotOffered,
)
from services.bookings.domain.tables import (
    TableSet,
    seating_minutes,
    sets_that_seat,
    table_sets,
)
from shared.contracts.terms import (
    QUARTER_MINUTES,
    DayType,
    OfferingTerms,
    PaymentPolicy,
    UnitOption,
)
from shared.core.localized import LocalizedText

# The key of a slot's own pool where its offering has no options.
NO_OPTION: Final = ""
_QUARTER: Final = timedelta(minutes=QUARTER_MINUTES)
_STRICTNESS: Final[Mapping[PaymentPolicy, int]] = {"free": 0, "on_site": 1, "online": 2}


@dataclass(frozen=True, slots=True)
class WantedLine:
    """What a visitor asks for.

    `starts_at` says when for a session and a table, `first_day` with `nights` for a stay, and
    either of `starts_at` and `first_day` for an entry.
    """

    offering_id: UUID
    starts_at: datetime | None
    first_day: date | None
    nights: int | None
    option: str | None
    tickets: Mapping[TicketType, int]


@dataclass(frozen=True)
class Offered:
    """An edition of an offering on sale, with its venue and village, as the catalogue keeps it.

    What only depends on it is worked out once, when a line first needs it.
    """

    offering_id: UUID
    version: int
    venue_id: UUID
    venue_version: int
    village_id: UUID
    organisation_id: UUID
    kind: Kind
    offering_name: LocalizedText
    venue_name: LocalizedText
    village_name: LocalizedText
    address: LocalizedText
    payment: PaymentPolicy
    prices: list[dict[str, Any]]
    persons_per_unit: int | None
    terms: OfferingTerms

    @cached_property
    def price_list(self) -> PriceList:
        """The prices, to be looked up."""
        return PriceList(self.prices)

    @cached_property
    def party_bounds(self) -> tuple[int, int]:
        """The smallest and the largest party."""
        return party_bounds(self.terms)

    @cached_property
    def options(self) -> dict[str, UnitOption]:
        """The options by their codes."""
        return {option.code: option for option in self.terms.options}

    @cached_property
    def table_sets(self) -> tuple[TableSet, ...]:
        """The tables and joins, the smallest first; of a table without options, all are alike."""
        if self.options:
            return table_sets(self.terms)
        return (TableSet({}, self.persons_per_unit or self.party_bounds[1]),)


@dataclass(frozen=True, slots=True)
class OfferedSlot:
    """A slot on sale, with its pools.

    `own_pools` are by option, or one under `NO_OPTION`; `around_pools` are those of the venue,
    village and district on its day, and count people.
    """

    slot_id: UUID
    version: int
    day: date
    starts_at: datetime
    ends_at: datetime
    own_pools: Mapping[str, int]
    around_pools: tuple[int, ...]
    day_type: DayType
    # Of the calendar that says what type its day is.
    calendar_version: int = 1


@dataclass(frozen=True, slots=True)
class Choice:
    """One way to seat or lodge a party: its claims, and how many units of which options.

    `options` is empty where the offering has none.
    """

    claims: tuple[Claim, ...]
    options: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class PlannedLine:
    """A line as it will be stored when the claims of one of its choices are granted.

    The choices stand in the order in which they are tried; there is at least one. `nights` is 0
    for everything but a stay, and `units` is the number of its tickets.
    """

    offered: Offered
    slots: tuple[OfferedSlot, ...]
    day: date
    nights: int
    starts_at: datetime
    ends_at: datetime
    last_day: date
    tickets: Mapping[TicketType, int]
    persons: int
    units: int
    price_fen: int
    breakdown: tuple[BreakdownItem, ...]
    choices: tuple[Choice, ...]

    @property
    def own_pools(self) -> frozenset[int]:
        """The own pools of all its slots; the other pools of its claims count people around."""
        return frozenset(pool for slot in self.slots for pool in slot.own_pools.values())


def wanted_times(offered: Offered, wanted: WantedLine) -> tuple[datetime, ...] | tuple[date, ...]:
    """Return when the slots begin that a line needs: instants, or the days of a stay or entry.

    A table needs every quarter of an hour of its seating, whose length its party decides. Raises
    LineTimeUnfit, NightsUnfit and ArrivalDayUnfit.
    """
    terms, tickets = offered.terms, wanted.tickets
    try:
        match offered.kind, wanted.starts_at, wanted.first_day, wanted.nights:
            case "session" | "entry", datetime() as starts_at, None, None:
                return (starts_at,)
            case "entry", None, date() as day, None:
                return (day,)
            case "table", datetime() as starts_at, None, None:
                return _quarters(terms, starts_at, persons_in(tickets))
            case "stay", None, date() as first_day, int() as nights:
                return _nights(terms, first_day, nights)
    except OverflowError:
        # Beyond the last year that a date can have.
        pass
    raise LineTimeUnfit(offered.kind)


def plan_line(offered: Offered, wanted: WantedLine, slots: Sequence[OfferedSlot]) -> PlannedLine:
    """Return the line in the slots that were found for its `wanted_times`, in their order.

    Raises PartySizeUnfit, AdultNeeded, TooManyChildren, OptionUnknown, TicketTypeUnpriced,
    TableTooSmall and UnitsNotOffered.
    """
    kind, terms, tickets = offered.kind, offered.terms, wanted.tickets
    persons = persons_in(tickets)
    check_party(tickets, persons, offered.party_bounds, terms)
    option = _chosen_option(offered, wanted.option)
    code, per_unit = (
        (None, offered.persons_per_unit) if option is None else (option.code, option.persons)
    )
    units = units_for(kind, persons, per_unit)
    prices, season = offered.price_list, terms.season_of
    breakdown = price_line(kind, prices, slots, tickets, units=units, option=code, season_of=season)
    if terms.group_steps and (off := group_discount(breakdown, terms.group_steps, persons)):
        breakdown.append(off)
    if kind == "table":
        choices = _seatings(offered, slots, persons)
    else:
        choices = _choices([{} if code is None else {code: units}], slots, units, persons)
    first, last = slots[0], slots[-1]
    return PlannedLine(
        offered=offered,
        slots=tuple(slots),
        day=first.day,
        nights=len(slots) if kind == "stay" else 0,
        starts_at=first.starts_at,
        ends_at=last.ends_at,
        last_day=last.day,
        tickets=tickets,
        persons=persons,
        units=units,
        price_fen=total_of(breakdown),
        breakdown=tuple(breakdown),
        choices=choices,
    )


def accepted_payment(lines: Iterable[PlannedLine]) -> PaymentPolicy:
    """Return how an order of these lines is paid: as the strictest of them says."""
    return strictest(line.offered.payment for line in lines)


def strictest(payments: Iterable[PaymentPolicy]) -> PaymentPolicy:
    """Return the policy that satisfies all of these: in advance, then at the venue, then free."""
    return max(payments, key=_STRICTNESS.__getitem__)


def _nights(terms: OfferingTerms, first_day: date, nights: int) -> tuple[date, ...]:
    if not terms.nights_least <= nights <= terms.nights_most:
        raise NightsUnfit(terms.nights_least, terms.nights_most)
    if first_day.isoweekday() not in terms.arrival_weekdays:
        raise ArrivalDayUnfit(terms.arrival_weekdays)
    return tuple(first_day + timedelta(days=night) for night in range(nights))


def _quarters(terms: OfferingTerms, starts_at: datetime, persons: int) -> tuple[datetime, ...]:
    quarters = seating_minutes(terms.seating, persons) // QUARTER_MINUTES
    return tuple(starts_at + quarter * _QUARTER for quarter in range(quarters))


def _chosen_option(offered: Offered, code: str | None) -> UnitOption | None:
    """Return the option of the line: the only one needs no choice, and tables are not chosen."""
    options = offered.options
    if code is None:
        if not options or offered.kind == "table":
            return None
        if len(options) == 1:
            return next(iter(options.values()))
    elif offered.kind != "table" and code in options:
        return options[code]
    raise OptionUnknown(code, () if offered.kind == "table" else tuple(options))


def _seatings(offered: Offered, slots: Sequence[OfferedSlot], persons: int) -> tuple[Choice, ...]:
    fitting = sets_that_seat(persons, offered.table_sets)
    return _choices([tables.tables for tables in fitting], slots, 1, persons)


def _choices(
    unit_sets: Iterable[Mapping[str, int]],
    slots: Sequence[OfferedSlot],
    units: int,
    persons: int,
) -> tuple[Choice, ...]:
    """Return the choices whose units all slots have; without options, `units` of each slot."""
    around = {pool_id for slot in slots for pool_id in slot.around_pools}
    choices = []
    for options in unit_sets:
        wanted = (options or {NO_OPTION: units}).items()
        try:
            own = [(slot.own_pools[option], count) for slot in slots for option, count in wanted]
        except KeyError:
            # Such a unit is not there at that time, so it can't be given to anybody.
            continue
        choices.append(Choice(claims_for(own, around, persons), options))
    if not choices:
        raise UnitsNotOffered(tuple(dict.fromkeys(chain.from_iterable(unit_sets))))
    return tuple(choices)
