"""Tell how many people are at a venue at this moment."""

from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Final
from uuid import UUID

from aiohttp import web

from services.bookings.domain.party import Kind
from services.bookings.paths import VenuePath
from services.bookings.venue_access import check_works_at
from shared.core.errors import NotFound
from shared.core.localized import LocalizedText
from shared.db import acquire, fetch_all
from shared.http.access import Caller, may
from shared.http.keys import DATABASE
from shared.http.models import Reply
from shared.http.route import route


class InsideOffering(Reply):
    """People inside for one offering."""

    offering_id: UUID
    name: LocalizedText
    kind: Kind
    persons: int


class InsideGate(Reply):
    """People inside who came last by one gate; null is a gate without a name."""

    gate: str | None
    persons: int


class InsideView(Reply):
    """People inside, `as_of` the database's present; both lists sum to `persons`."""

    persons: int
    as_of: datetime
    offerings: list[InsideOffering]
    gates: list[InsideGate]


@dataclass(frozen=True, slots=True)
class InsideRow:
    """People inside for one offering, by the gate of their last coming in."""

    offering_id: UUID
    name: LocalizedText
    kind: Kind
    gate: str
    persons: int


FIND_PRESENT: Final = "select now()"

# A line that is over is not looked at; of one that is yet to come, who came today. The longest
# stay is of 30 nights.
COUNT_INSIDE: Final = """
select
    line.offering_id,
    any_value(line.offering_name) as name,
    line.kind,
    coalesce(entrance.gate, '') as gate,
    sum(came.persons)::integer as persons
from order_lines as line
join check_ins as came using (line_id)
left join lateral (
    select gate
    from scans
    where scans.line_id = came.line_id
        and scans.ordinal = came.ordinal
        and outcome in ('admitted', 'reentered')
    order by scanned_at desc
    limit 1
) as entrance on true
where line.venue_id = $1
    and line.day >= (now() at time zone 'Asia/Shanghai')::date - 31
    and line.ends_at > now()
    and line.claim_state = 'kept'
    and came.left_at is null
    and (came.checked_in_at at time zone 'Asia/Shanghai')::date
        >= least(line.day, (now() at time zone 'Asia/Shanghai')::date)
group by line.offering_id, line.kind, coalesce(entrance.gate, '')
order by line.offering_id, gate
"""


@route("GET", "/v1/venues/{venue_id}/inside", access=may("arrivals.read"), errors=(NotFound,))
async def show_number_inside(request: web.Request, caller: Caller, path: VenuePath) -> InsideView:
    """Tell how many people are at a venue at this moment.

    The people of a ticket are inside from its check-in until it is scanned on the way out, or
    else until what they booked ends; whoever comes in again is inside again. Somebody who was let
    in on a day before their ticket's counts on that day. People without a ticket are not known
    here. A venue of another operator is not found.
    """
    async with acquire(request.app[DATABASE]) as conn:
        await check_works_at(conn, path.venue_id, caller, "arrivals.read")
        rows = await fetch_all(conn, InsideRow, COUNT_INSIDE, path.venue_id)
        as_of = await conn.fetchval(FIND_PRESENT)
    return InsideView(
        persons=sum(row.persons for row in rows),
        as_of=as_of,
        offerings=_by_offering(rows),
        gates=_by_gate(rows),
    )


def _by_offering(rows: list[InsideRow]) -> list[InsideOffering]:
    found = []
    for offering_id, group in groupby(rows, key=lambda row: row.offering_id):
        same = list(group)
        persons = sum(row.persons for row in same)
        found.append(
            InsideOffering(
                offering_id=offering_id, name=same[0].name, kind=same[0].kind, persons=persons
            )
        )
    return found


def _by_gate(rows: list[InsideRow]) -> list[InsideGate]:
    gates: dict[str, int] = {}
    for row in rows:
        gates[row.gate] = gates.get(row.gate, 0) + row.persons
    return [InsideGate(gate=gate or None, persons=gates[gate]) for gate in sorted(gates)]
