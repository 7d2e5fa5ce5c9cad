"""Orders as the gate meets them, of any kind and at any time, and the gate's own requests."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID, uuid4

from services.bookings.keys import CONTACT_SEALER
from services.bookings.views import SealedContact, seal_contact
from shared.core.ids import order_code
from shared.db import acquire, transaction
from tests.bookings.village import CAMPING, OPERATOR, POTTERY, VENUE, VILLAGE, Json, at, today_here
from tests.bookings.world import Answer, Bookings

YESTERDAY: Final = today_here() - timedelta(days=1)
TEXT: Final = {"zh": "名称", "en": "Name"}

ADD_ORDER: Final = """
insert into orders (
    order_id, code, account_id, state, payment_method, accepted_payment, total_fen, contact_sealed,
    confirmed_at, hold_expires_at
)
values (
    $1, $2, $3, case when $4::text is null then 'held' else 'confirmed' end, $4, 'on_site', $5, $6,
    case when $4::text is not null then now() end, case when $4::text is null then now() end
)
"""
ADD_POOL: Final = """
insert into pools (scope, subject_id, day, capacity, ceiling, taken)
values ('slot', $1, $2, 1000, 1000, $3)
returning id
"""
ADD_LINE: Final = """
insert into order_lines (
    line_id, order_id, position, offering_id, venue_id, organisation_id, village_id, kind,
    offering_name, venue_name, village_name, address, day, nights, starts_at, ends_at, tickets,
    persons, units, options, price_fen, pool_ids, quantities, claim_state
)
values (
    $1, $2, $3, $4, $5, $6, $7, $8, $9, $9, $9, $9, $10, $11, $12, $13, '{}', $14, $15, $16, $17,
    $18, $19, $20
)
"""


def noon(minutes: float = 0) -> datetime:
    """Return a time of yesterday, so many minutes after noon: always past, never at midnight."""
    return at(YESTERDAY, 12) + timedelta(minutes=minutes)


@dataclass(frozen=True)
class Line:
    """A line that is to be sold: by default for one person, all of yesterday and today."""

    kind: str = "session"
    day: date = YESTERDAY
    nights: int = 0
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    persons: int = 1
    units: int | None = None
    options: Mapping[str, int] = field(default_factory=dict)
    price_fen: int = 0
    offering: UUID = POTTERY
    venue: UUID = VENUE
    organisation: UUID = OPERATOR
    # What its claims are in an order that is confirmed.
    state: str = "kept"


def today_line(**fields: Any) -> Line:
    """Return a line that lasts through all of today."""
    return Line(day=today_here(), ends_at=at(today_here() + timedelta(days=1), 12), **fields)


def stay(*, day: date = YESTERDAY, nights: int = 2, persons: int = 2, units: int = 1) -> Line:
    departure = day + timedelta(days=nights)
    return Line(
        kind="stay",
        day=day,
        nights=nights,
        starts_at=at(day, 15),
        ends_at=at(departure, 11),
        persons=persons,
        units=units,
        offering=CAMPING,
    )


@dataclass(frozen=True)
class Sold:
    """An order that was sold."""

    order_id: UUID
    code: str
    line_ids: list[UUID]

    def ticket(self, ordinal: int = 1, line: int = 0) -> Json:
        return {"line_id": str(self.line_ids[line]), "ordinal": ordinal}


async def sell(bookings: Bookings, *lines: Line, paid: str | None = "on_site") -> Sold:
    """Store a confirmed order of these lines, with their places; not `paid`, it is only held."""
    sealer = bookings.client.app[CONTACT_SEALER]
    sold = Sold(uuid4(), order_code(), [uuid4() for _ in lines])
    sealed = seal_contact(SealedContact(name="陈小溪", phone="+8613800000000"), sealer)
    total = sum(line.price_fen for line in lines)
    async with transaction(bookings.database) as conn:
        await conn.execute(ADD_ORDER, sold.order_id, sold.code, uuid4(), paid, total, sealed)
        for place, (line_id, line) in enumerate(zip(sold.line_ids, lines, strict=True)):
            pool = await conn.fetchval(ADD_POOL, line_id, line.day, line.persons)
            await conn.execute(
                ADD_LINE,
                line_id,
                sold.order_id,
                place,
                line.offering,
                line.venue,
                line.organisation,
                VILLAGE,
                line.kind,
                TEXT,
                line.day,
                line.nights,
                line.starts_at or at(line.day, 0),
                line.ends_at or at(line.day + timedelta(days=2), 0),
                line.persons,
                line.units or (1 if line.kind == "table" else line.persons),
                dict(line.options),
                line.price_fen,
                [pool],
                [line.persons],
                line.state if paid else "held",
            )
    return sold


async def scan(bookings: Bookings, ticket: Json, token: str | None = None, **more: Any) -> Answer:
    """Show a ticket at a gate that has a network, whatever its day."""
    body = {"admit_on_another_day": True, **ticket, **more}
    return await bookings.call("POST", "/v1/check-ins", body, token=token or bookings.operator)


def seen(ticket: Json, scanned_at: datetime, gate: str = "north", **more: Any) -> Json:
    """Return what a gate without a network keeps of a scan."""
    return {
        "scan_id": str(uuid4()),
        **ticket,
        "scanned_at": scanned_at.isoformat(),
        "gate": gate,
        **more,
    }


async def send(bookings: Bookings, *scans: Json, token: str | None = None) -> list[Json]:
    """Send a batch and return its items."""
    body = {"batch": list(scans)}
    answer = await bookings.call("POST", "/v1/check-ins", body, token=token or bookings.operator)
    assert answer.status == 201, answer.json
    items: list[Json] = answer.json["items"]
    return items


async def outcomes(bookings: Bookings, *scans: Json) -> list[str]:
    """Send a batch and return what its scans were."""
    return [item["outcome"] for item in await send(bookings, *scans)]


async def undo(bookings: Bookings, ticket: Json, token: str | None = None, **params: str) -> Answer:
    path = f"/v1/check-ins/{ticket['line_id']}/{ticket['ordinal']}"
    return await bookings.call("DELETE", path, token=token or bookings.operator, params=params)


async def fetch(bookings: Bookings, sql: str, *arguments: object) -> list[Any]:
    """Return the first column of what a statement finds."""
    async with acquire(bookings.database) as conn:
        return [row[0] for row in await conn.fetch(sql, *arguments)]


async def stored_outcomes(bookings: Bookings) -> dict[str, str]:
    """Return what all kept scans are by now."""
    async with acquire(bookings.database) as conn:
        rows = await conn.fetch("select scan_id, outcome from scans")
    return {str(row["scan_id"]): row["outcome"] for row in rows}


async def state_of(bookings: Bookings, sold: Sold) -> str:
    [state] = await fetch(bookings, "select state from orders where order_id = $1", sold.order_id)
    return str(state)


async def told_of(bookings: Bookings, sold: Sold) -> list[tuple[str, int]]:
    """Return the events of an order with their versions."""
    return [
        (kind, version)
        for kind, subject, version in await bookings.told()
        if subject == sold.order_id
    ]
