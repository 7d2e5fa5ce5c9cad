"""List the scans of a day that somebody at the venue should look at."""

from datetime import datetime
from typing import Final, Literal
from uuid import UUID

from aiohttp import web

from services.bookings.domain.party import Kind
from services.bookings.domain.passages import Direction
from services.bookings.paths import VenuePath
from services.bookings.venue_access import check_works_at
from shared.core.errors import NotFound
from shared.core.localized import LocalizedText
from shared.core.masking import CodeEnd
from shared.db import acquire, fetch_all
from shared.http.access import Caller, may
from shared.http.keys import DATABASE
from shared.http.models import Day, Query, Reply
from shared.http.route import route


class ConflictsQuery(Query):
    """On which day the scans were made."""

    day: Day


class ScanConflict(Reply):
    """A scan that let in, or tried to let in, somebody whose ticket was used, or does not stand.

    `scanned_at` is the gate's own time, `told_at` when it became known here. `was_refused`: the
    gate had a network and let nobody in. `checked_in_at` and `checked_in_gate` are the scan that
    counts, where there is one. A gate that is null has no name.
    """

    scan_id: UUID
    outcome: Literal["conflict", "cancelled"]
    line_id: UUID
    ordinal: int
    order_code: CodeEnd
    offering_name: LocalizedText
    kind: Kind
    direction: Direction
    gate: str | None
    scanned_at: datetime
    told_at: datetime
    was_refused: bool
    checked_in_at: datetime | None
    checked_in_gate: str | None


class ScanConflicts(Reply):
    """The conflicts of a day, by their time."""

    items: list[ScanConflict]


FIND_CONFLICTS: Final = """
select
    scan.scan_id, scan.outcome, scan.line_id, scan.ordinal, orders.code as order_code,
    line.offering_name, line.kind, scan.direction, nullif(scan.gate, '') as gate, scan.scanned_at,
    scan.told_at, scan.was_refused, came.checked_in_at,
    nullif(counting.gate, '') as checked_in_gate
from scans as scan
join order_lines as line on line.line_id = scan.line_id
join orders on orders.order_id = line.order_id
left join check_ins as came on came.line_id = scan.line_id and came.ordinal = scan.ordinal
left join scans as counting on counting.scan_id = came.scan_id
where scan.venue_id = $1
    and scan.outcome in ('conflict', 'cancelled')
    and scan.scanned_at >= $2::date::timestamp at time zone 'Asia/Shanghai'
    and scan.scanned_at < ($2::date + 1)::timestamp at time zone 'Asia/Shanghai'
order by scan.scanned_at, scan.scan_id
"""


@route(
    "GET", "/v1/venues/{venue_id}/scan-conflicts", access=may("arrivals.read"), errors=(NotFound,)
)
async def list_scan_conflicts(
    request: web.Request, caller: Caller, path: VenuePath, query: ConflictsQuery
) -> ScanConflicts:
    """List a day's scans of tickets that were used before, or did not stand.

    They are found here, also where a gate without a network let somebody in (docs/domain.md
    rule 12). A venue of another operator is not found.
    """
    async with acquire(request.app[DATABASE]) as conn:
        await check_works_at(conn, path.venue_id, caller, "arrivals.read")
        return ScanConflicts(
            items=await fetch_all(conn, ScanConflict, FIND_CONFLICTS, path.venue_id, query.day)
        )
