"""Offerings, slots and wishes for the tests of pure rules; everything is the same each time."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, Final
from uuid import UUID

from hypothesis import settings

from services.bookings.domain.lines import NO_OPTION, Offered, OfferedSlot, WantedLine
from services.bookings.domain.party import Kind, TicketType
from shared.contracts.terms import DayType, OfferingTerms, PaymentPolicy, TicketPrice
from shared.core.clock import SHANGHAI
from shared.core.localized import LocalizedText

# The same examples in every run: a red test is about the change at hand.
PROPERTY: Final = settings(derandomize=True, max_examples=100, deadline=None)

NAME: Final = LocalizedText(zh="溪边", en="By the stream")
SATURDAY: Final = date(2026, 9, 12)
DAY_TYPES: Final[tuple[DayType, ...]] = ("workday", "weekend", "holiday", "make_up_workday")
# The pools of one day around all slots: the venue's, the village's, the district's.
AROUND: Final = (901, 902, 903)


def offered(
    kind: Kind,
    *prices: TicketPrice,
    payment: PaymentPolicy = "on_site",
    persons_per_unit: int | None = None,
    **terms: Any,
) -> Offered:
    return Offered(
        offering_id=UUID(int=1),
        version=1,
        venue_id=UUID(int=2),
        venue_version=1,
        village_id=UUID(int=3),
        organisation_id=UUID(int=4),
        kind=kind,
        offering_name=NAME,
        venue_name=NAME,
        village_name=NAME,
        address=NAME,
        payment=payment,
        prices=[price.model_dump(mode="json") for price in prices],
        persons_per_unit=persons_per_unit,
        terms=OfferingTerms.model_validate(terms, strict=False),
    )


def price(
    ticket_type: Any, fen: int, day_type: DayType | None = None, option: str | None = None
) -> TicketPrice:
    return TicketPrice(ticket_type=ticket_type, fen=fen, day_type=day_type, option=option)


def option(code: str, persons: int, units: int = 5) -> dict[str, Any]:
    return {"code": code, "name": NAME, "units": units, "persons": persons}


def at(hour: int, minute: int = 0, day: date = SATURDAY) -> datetime:
    return datetime.combine(day, time(hour, minute), tzinfo=SHANGHAI)


def wanted(
    tickets: Mapping[TicketType, int],
    *,
    starts_at: datetime | None = None,
    first_day: date | None = None,
    nights: int | None = None,
    option: str | None = None,
) -> WantedLine:
    return WantedLine(UUID(int=1), starts_at, first_day, nights, option, tickets)


def slot(
    starts_at: datetime,
    minutes: int = 120,
    *,
    own: Mapping[str, int] | None = None,
    around: Sequence[int] = AROUND,
    day_type: DayType = "weekend",
) -> OfferedSlot:
    return OfferedSlot(
        slot_id=UUID(int=starts_at.toordinal()),
        version=1,
        day=starts_at.date(),
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=minutes),
        own_pools=own or {NO_OPTION: 1},
        around_pools=tuple(around),
        day_type=day_type,
    )


def nights(
    *day_types: DayType, options: Sequence[str] = (NO_OPTION,), first: date = SATURDAY
) -> list[OfferedSlot]:
    """Return nights one after the other; the pools of night n are n1, n2 … and 9n1 to 9n3."""
    return [
        slot(
            at(15, day=first + timedelta(days=number)),
            20 * 60,
            own={code: number * 10 + place for place, code in enumerate(options, 1)},
            around=[900 + number * 10 + place for place in (1, 2, 3)],
            day_type=day_type,
        )
        for number, day_type in enumerate(day_types, 1)
    ]


def quarters(
    starts_at: datetime, count: int, options: Sequence[str] = (NO_OPTION,)
) -> list[OfferedSlot]:
    """Return quarters of an hour; the pools of quarter n are n1, n2 … and those around the day."""
    return [
        slot(
            starts_at + timedelta(minutes=15 * number),
            15,
            own={code: (number + 1) * 10 + place for place, code in enumerate(options, 1)},
        )
        for number in range(count)
    ]
