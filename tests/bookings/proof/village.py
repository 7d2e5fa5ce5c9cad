"""A village of its own for each example: all kinds, two operators, and little room in anything."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final, Literal
from uuid import UUID, uuid4

from shared.contracts.event import Event
from shared.contracts.terms import (
    OfferingKind,
    OfferingTerms,
    PaymentPolicy,
    RefundTerms,
    RefundTier,
    SeatingStep,
    TableJoin,
    TicketPrice,
    TicketType,
    UnitOption,
)
from shared.contracts.venues import (
    OfferingPublished,
    OfferingWithdrawn,
    SlotPart,
    SlotPublished,
    VenuePublished,
    VillagePublished,
)
from tests.bookings.village import NEXT_WEEK, Json, at, text
from tests.bookings.world import Bookings

Name = Literal["class", "camp", "tasting", "café", "market"]
NAMES: Final[tuple[Name, ...]] = ("class", "camp", "tasting", "café", "market")
DAYS: Final = tuple(NEXT_WEEK + timedelta(days=number) for number in range(3))
# Whoever cancels within four days gets half of it, of which some fen have to be rounded.
TIERS: Final = RefundTerms(
    ordinary=(RefundTier(hours_before=200, percent=100), RefundTier(hours_before=1, percent=33))
)

USUAL: Final = OfferingTerms(refunds=TIERS)


def option(code: str, units: int, persons: int) -> UnitOption:
    return UnitOption(code=code, name=text(code, code), units=units, persons=persons)


PITCHES: Final = (option("forest", 1, 3), option("lake", 1, 2))
TABLES: Final = (option("two", 1, 2), option("four", 1, 4))


@dataclass(frozen=True)
class Shop:
    """An offering: what it is, whose, what it costs, when, and how much of it there is."""

    kind: OfferingKind
    is_ours: bool
    prices: Mapping[TicketType, int]
    payment: PaymentPolicy
    capacity: int
    starts: Sequence[datetime]
    hours: float
    terms: OfferingTerms = USUAL


def quarters(number: int) -> list[datetime]:
    return [at(DAYS[0], 10) + timedelta(minutes=15 * quarter) for quarter in range(number)]


SHOPS: Final[Mapping[Name, Shop]] = {
    "class": Shop(
        "session",
        is_ours=True,
        prices={"adult": 5001, "child": 2999},
        payment="on_site",
        capacity=5,
        starts=[at(day, 14) for day in DAYS[:2]],
        hours=2,
    ),
    "camp": Shop(
        "stay",
        is_ours=True,
        prices={"pitch": 9001},
        payment="on_site",
        capacity=2,
        starts=[at(day, 15) for day in DAYS],
        hours=20,
    ),
    "tasting": Shop(
        "session",
        is_ours=False,
        prices={"adult": 2000},
        payment="online",
        capacity=4,
        starts=[at(day, 10) for day in DAYS[:2]],
        hours=1,
        terms=OfferingTerms(most_per_account=6),
    ),
    "café": Shop(
        "table",
        is_ours=False,
        prices={"table": 0},
        payment="free",
        capacity=2,
        starts=quarters(4),
        hours=0.25,
        terms=OfferingTerms(
            options=TABLES,
            joins=(TableJoin(options=("two", "four"), persons=6),),
            seating=(SeatingStep(up_to_persons=20, minutes=30),),
        ),
    ),
    "market": Shop(
        "entry",
        is_ours=True,
        prices={"adult": 0},
        payment="free",
        capacity=8,
        starts=[at(DAYS[0], 9)],
        hours=8,
    ),
}


@dataclass
class Village:
    """The ids of one village, and what is published of it."""

    bookings: Bookings
    village_id: UUID = field(default_factory=uuid4)
    district_id: UUID = field(default_factory=uuid4)
    venues: tuple[UUID, UUID] = field(default_factory=lambda: (uuid4(), uuid4()))
    operators: tuple[UUID, UUID] = field(default_factory=lambda: (uuid4(), uuid4()))
    offerings: dict[Name, UUID] = field(default_factory=lambda: {name: uuid4() for name in NAMES})
    slots: dict[tuple[Name, datetime], UUID] = field(default_factory=dict)
    # How many units each slot has, of all options.
    units: dict[UUID, int] = field(default_factory=dict)
    # Whether the camp's pitches are told apart by now.
    has_types: bool = False

    async def open(self) -> None:
        await self.limit_village(20)
        for is_ours in (True, False):
            await self.limit_venue(is_ours=is_ours, places=14)
        for name in NAMES:
            await self.publish(name)
            for start in SHOPS[name].starts:
                await self.set_capacity(name, start, SHOPS[name].capacity)

    async def limit_village(self, places: int) -> None:
        event = VillagePublished(
            village_id=self.village_id,
            district_id=self.district_id,
            name=text("村", "Village"),
            day_capacity=places,
            district_day_capacity=places + 2,
        )
        await self._say(event, self.village_id)

    async def limit_venue(self, *, is_ours: bool, places: int) -> None:
        event = VenuePublished(
            venue_id=self.venue(is_ours=is_ours),
            village_id=self.village_id,
            organisation_id=self.operator(is_ours=is_ours),
            name=text("场所", "Venue"),
            address=text("路", "Road"),
            day_capacity=places,
        )
        await self._say(event, event.venue_id)

    async def publish(self, name: Name) -> None:
        shop = SHOPS[name]
        terms = shop.terms
        if name == "camp" and self.has_types:
            terms = terms.model_copy(update={"options": PITCHES})
        event = OfferingPublished(
            offering_id=self.offerings[name],
            venue_id=self.venue(is_ours=shop.is_ours),
            village_id=self.village_id,
            organisation_id=self.operator(is_ours=shop.is_ours),
            kind=shop.kind,
            name=text("项目", name),
            prices=tuple(
                TicketPrice(ticket_type=ticket, fen=fen) for ticket, fen in shop.prices.items()
            ),
            payment=shop.payment,
            persons_per_unit=3 if shop.kind == "stay" else None,
            terms=terms,
        )
        await self._say(event, event.offering_id)

    async def withdraw(self, name: Name) -> None:
        offering_id = self.offerings[name]
        await self._say(OfferingWithdrawn(offering_id=offering_id), offering_id)

    async def tell_pitches_apart(self) -> None:
        """Give the camp's pitches types, whatever was sold of them before."""
        self.has_types = True
        await self.publish("camp")
        for start in SHOPS["camp"].starts:
            await self.set_capacity("camp", start, 2)

    async def set_capacity(self, name: Name, start: datetime, units: int) -> None:
        """Publish a slot; where there are options, the units are spread over them."""
        shop, options = SHOPS[name], self._options(name)
        parts = {
            one.code: units // len(options) + (number < units % len(options))
            for number, one in enumerate(options)
        }
        event = SlotPublished(
            slot_id=self.slots.setdefault((name, start), uuid4()),
            offering_id=self.offerings[name],
            venue_id=self.venue(is_ours=shop.is_ours),
            village_id=self.village_id,
            district_id=self.district_id,
            kind=shop.kind,
            day=start.date(),
            starts_at=start,
            ends_at=start + timedelta(hours=shop.hours),
            capacity=units,
            parts=tuple(SlotPart(option=code, capacity=many) for code, many in parts.items()),
        )
        await self._say(event, event.slot_id)
        self.units[event.slot_id] = units

    def venue(self, *, is_ours: bool) -> UUID:
        return self.venues[0 if is_ours else 1]

    def operator(self, *, is_ours: bool) -> UUID:
        return self.operators[0 if is_ours else 1]

    def line(self, name: Name, number: int, adults: int, children: int) -> Json:
        """Return a line of an order; `number` chooses among the days, nights and options."""
        has_price = name == "camp" or "child" in SHOPS[name].prices
        tickets = {"adult": adults, **({"child": children} if children and has_price else {})}
        return {
            "offering_id": str(self.offerings[name]),
            "tickets": tickets,
            **self.time(name, number),
            **self.option(name, number),
        }

    def time(self, name: Name, number: int) -> Json:
        """Return when: the fields of a line, a wish or a change."""
        starts = SHOPS[name].starts
        start = starts[number % len(starts)]
        if name == "camp":
            return {"date": _iso(start.date()), "nights": 1 + number // len(starts) % 2}
        return {"starts_at": start.isoformat()}

    def option(self, name: Name, number: int) -> Json:
        if name == "camp" and self.has_types:
            return {"option": PITCHES[number % 2].code}
        return {}

    def _options(self, name: Name) -> Sequence[UnitOption]:
        if name == "camp":
            return PITCHES if self.has_types else ()
        return SHOPS[name].terms.options

    async def _say(self, event: Event, subject: UUID) -> None:
        await self.bookings.hear(event, subject)


def _iso(day: date) -> str:
    return day.isoformat()
