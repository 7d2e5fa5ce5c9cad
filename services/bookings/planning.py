"""From wanted lines to planned ones: which slots they mean, and what those cost."""

from collections.abc import Sequence
from itertools import groupby
from operator import attrgetter
from typing import Final

from services.bookings.domain.lines import OfferedSlot, PlannedLine, WantedLine, plan_line
from services.bookings.domain.price import NotPricedError
from services.bookings.errors import (
    LineTimeMismatch,
    OfferingNotOnSale,
    SlotNotAvailable,
    TicketTypeUnknown,
)
from shared.db import Connection, fetch_all

FIND_SLOTS: Final = """
select
    wanted.line, slots.offering_id, slots.venue_id, slots.village_id, venues.organisation_id,
    offerings.kind, offerings.name as offering_name, venues.name as venue_name,
    villages.name as village_name, venues.address, offerings.payment, offerings.prices,
    offerings.persons_per_unit, slots.day, slots.starts_at, slots.ends_at, slots.pool_ids
from unnest($1::integer[], $2::uuid[], $3::timestamptz[], $4::date[], $5::integer[])
    as wanted (line, offering_id, starts_at, first_day, nights)
join offerings on offerings.offering_id = wanted.offering_id and offerings.on_sale
join venues on venues.venue_id = offerings.venue_id and venues.on_sale
join villages on villages.village_id = venues.village_id
join slots on slots.offering_id = wanted.offering_id and slots.on_sale
    and case offerings.kind
        when 'session' then slots.starts_at = wanted.starts_at and slots.starts_at > now()
        else slots.day >= greatest(wanted.first_day, current_date)
            and slots.day < wanted.first_day + wanted.nights
    end
order by wanted.line, slots.day
"""

FIND_KIND_ON_SALE: Final = """
select offerings.kind
from offerings
join venues on venues.venue_id = offerings.venue_id and venues.on_sale
join villages on villages.village_id = venues.village_id
where offerings.offering_id = $1 and offerings.on_sale
"""


async def plan_lines(conn: Connection, wanted: Sequence[WantedLine]) -> list[PlannedLine]:
    """Return the lines with their times, prices and claims; nothing is taken yet.

    Raises OfferingNotOnSale, LineTimeMismatch, SlotNotAvailable and TicketTypeUnknown.
    """
    found = await fetch_all(
        conn,
        OfferedSlot,
        FIND_SLOTS,
        list(range(len(wanted))),
        [line.offering_id for line in wanted],
        [line.starts_at for line in wanted],
        [line.first_day for line in wanted],
        [line.nights for line in wanted],
    )
    slots = {number: list(group) for number, group in groupby(found, key=attrgetter("line"))}
    for number, line in enumerate(wanted):
        if len(slots.get(number, ())) != (line.nights or 1):
            await _refuse(conn, number, line)
    try:
        return [plan_line(slots[number], line.tickets) for number, line in enumerate(wanted)]
    except NotPricedError as error:
        raise TicketTypeUnknown(ticket_type=error.ticket_type) from error


async def _refuse(conn: Connection, number: int, line: WantedLine) -> None:
    """Raise the error that says best why there is no slot for a line."""
    offering_id = str(line.offering_id)
    kind = await conn.fetchval(FIND_KIND_ON_SALE, line.offering_id)
    if kind is None:
        raise OfferingNotOnSale(line=number, offering_id=offering_id)
    if (kind == "session") != (line.starts_at is not None):
        raise LineTimeMismatch(line=number, offering_id=offering_id)
    raise SlotNotAvailable(line=number, offering_id=offering_id)
