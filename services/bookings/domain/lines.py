"""From what a visitor asks for to a line that can be stored: times, people, price and claims."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal
from uuid import UUID

from services.bookings.domain.claims import Claim, claims_for
from services.bookings.domain.party import Kind, TicketType, persons_in, units_for
from services.bookings.domain.price import line_price

Payment = Literal["free", "on_site"]


@dataclass(frozen=True, slots=True)
class WantedLine:
    """What a visitor asks for: `starts_at` for a session, `first_day` and `nights` for a stay."""

    offering_id: UUID
    starts_at: datetime | None
    first_day: date | None
    nights: int | None
    tickets: Mapping[TicketType, int]


@dataclass(frozen=True, slots=True)
class OfferedSlot:
    """A slot on sale, with what a line needs to know of its offering, venue and village."""

    line: int
    offering_id: UUID
    venue_id: UUID
    village_id: UUID
    organisation_id: UUID
    kind: Kind
    offering_name: dict[str, str]
    venue_name: dict[str, str]
    village_name: dict[str, str]
    address: dict[str, str]
    payment: Payment
    prices: list[dict[str, str | int]]
    persons_per_unit: int | None
    day: date
    starts_at: datetime
    ends_at: datetime
    pool_ids: list[int]


@dataclass(frozen=True, slots=True)
class PlannedLine:
    """A line as it will be stored when its claims are granted.

    `own_pools` are its slots' own; the other pools count people around them.
    """

    offered: OfferedSlot
    day: date
    nights: int
    starts_at: datetime
    ends_at: datetime
    last_day: date
    tickets: Mapping[TicketType, int]
    persons: int
    units: int
    price_fen: int
    claims: tuple[Claim, ...]
    own_pools: frozenset[int]


def plan_line(slots: Sequence[OfferedSlot], tickets: Mapping[TicketType, int]) -> PlannedLine:
    """Return the line for a session's one slot, or for all nights of a stay in their order.

    Raises NotPricedError for a ticket type that the offering does not sell.
    """
    first, last = slots[0], slots[-1]
    nights = len(slots) if first.kind == "stay" else 0
    persons = persons_in(tickets)
    units = units_for(first.kind, persons, first.persons_per_unit)
    prices = {str(price["ticket_type"]): int(price["fen"]) for price in first.prices}
    return PlannedLine(
        offered=first,
        day=first.day,
        nights=nights,
        starts_at=first.starts_at,
        ends_at=last.ends_at,
        last_day=last.day,
        tickets=tickets,
        persons=persons,
        units=units,
        price_fen=line_price(first.kind, prices, tickets, units, nights),
        claims=claims_for((slot.pool_ids for slot in slots), units, persons),
        own_pools=frozenset(slot.pool_ids[0] for slot in slots),
    )


def accepted_payment(lines: Iterable[PlannedLine]) -> Payment:
    """Return how an order of these lines is paid: at the venue, if any of them is."""
    return "on_site" if any(line.offered.payment == "on_site" for line in lines) else "free"
