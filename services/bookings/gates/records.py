"""Scans and check-ins as they are stored: found for locked orders, and written together."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, Literal
from uuid import UUID

from services.bookings.domain.party import Kind
from services.bookings.domain.passages import Direction, PassageOutcome
from services.bookings.views import OrderState
from shared.core.localized import LocalizedText
from shared.db import Connection, fetch_all
from shared.http.access import Reach

# `cancelled`: the ticket's order or line does not stand. `undone`: its check-in was taken back.
ScanOutcome = PassageOutcome | Literal["cancelled", "another_day", "undone"]
Ticket = tuple[UUID, int]


@dataclass(frozen=True, slots=True)
class TicketLine:
    """The order line of some tickets, with its locked order; `moment` is the database's present."""

    line_id: UUID
    order_id: UUID
    account_id: UUID
    code: str
    state: OrderState
    version: int
    contact_sealed: bytes
    venue_id: UUID
    kind: Kind
    name: LocalizedText
    venue_name: LocalizedText
    day: date
    nights: int
    persons: int
    units: int
    claim_state: str
    moment: datetime


@dataclass(frozen=True, slots=True)
class StoredScan:
    """A scan of a ticket, and what it was."""

    scan_id: UUID
    line_id: UUID
    ordinal: int
    venue_id: UUID
    gate: str
    direction: Direction
    scanned_at: datetime
    scanned_by: UUID
    outcome: ScanOutcome
    was_refused: bool
    is_settled: bool
    is_told_conflict: bool

    @property
    def ticket(self) -> Ticket:
        """Which ticket was scanned."""
        return self.line_id, self.ordinal


@dataclass(frozen=True, slots=True)
class Presence:
    """That the people of a ticket came, by which scan, and when they left."""

    line_id: UUID
    ordinal: int
    persons: int
    scan_id: UUID
    checked_in_at: datetime
    checked_in_by: UUID
    left_at: datetime | None

    @property
    def ticket(self) -> Ticket:
        """Whose ticket it is."""
        return self.line_id, self.ordinal


# Orders are locked in the order of their ids; what is read afterwards, by statements of their own,
# is what the locks' last holders committed. Of orders of other operators nothing is seen.
LOCK_ORDERS: Final = """
select 1
from orders
where order_id in (
    select order_id
    from order_lines
    where line_id = any ($1::uuid[])
        and exists (
            select from unnest($2::uuid[], $3::uuid[]) as reach (organisation_id, venue_id)
            where reach.organisation_id = order_lines.organisation_id
                and coalesce(reach.venue_id = order_lines.venue_id, true)
        )
)
order by order_id
for update
"""

FIND_LINES: Final = """
select
    line_id, order_id, account_id, code, state, version, contact_sealed, venue_id, kind,
    offering_name as name, venue_name, day, nights, persons, units, claim_state,
    clock_timestamp() as moment
from order_lines
join orders using (order_id)
where line_id = any ($1::uuid[])
    and exists (
        select from unnest($2::uuid[], $3::uuid[]) as reach (organisation_id, venue_id)
        where reach.organisation_id = order_lines.organisation_id
            and coalesce(reach.venue_id = order_lines.venue_id, true)
    )
"""

FIND_SCANS: Final = """
select
    scan_id, line_id, ordinal, venue_id, gate, direction, scanned_at, scanned_by, outcome,
    was_refused, is_settled, conflict_told_at is not null as is_told_conflict
from scans
where (line_id, ordinal) in (select * from unnest($1::uuid[], $2::integer[]))
    or scan_id = any ($3::uuid[])
"""

FIND_PRESENCES: Final = """
select line_id, ordinal, persons, scan_id, checked_in_at, checked_in_by, left_at
from check_ins
where (line_id, ordinal) in (select * from unnest($1::uuid[], $2::integer[]))
"""

# Before the new ones: of two scans one counts at any moment.
CHANGE_SCANS: Final = """
update scans
set
    outcome = changed.outcome,
    is_settled = changed.is_settled,
    was_refused = changed.was_refused,
    conflict_told_at = case
        when changed.outcome = 'conflict' then coalesce(conflict_told_at, clock_timestamp())
        else conflict_told_at
    end
from unnest($1::uuid[], $2::text[], $3::boolean[], $4::boolean[])
    as changed (scan_id, outcome, was_refused, is_settled)
where scans.scan_id = changed.scan_id
"""

# In the order of their ids, so that two who tell of the same scans wait in one direction.
ADD_SCANS: Final = """
insert into scans (
    scan_id, line_id, ordinal, venue_id, gate, direction, scanned_at, scanned_by, outcome,
    was_refused, is_settled, conflict_told_at
)
select
    scan_id, line_id, ordinal, venue_id, gate, direction, scanned_at, scanned_by, outcome,
    was_refused, is_settled, case when outcome = 'conflict' then clock_timestamp() end
from unnest(
    $1::uuid[], $2::uuid[], $3::integer[], $4::uuid[], $5::text[], $6::text[], $7::timestamptz[],
    $8::uuid[], $9::text[], $10::boolean[], $11::boolean[]
) as scan (
    scan_id, line_id, ordinal, venue_id, gate, direction, scanned_at, scanned_by, outcome,
    was_refused, is_settled
)
order by scan_id
"""

PUT_PRESENCES: Final = """
insert into check_ins (
    line_id, ordinal, persons, scan_id, checked_in_at, checked_in_by, left_at
)
select line_id, ordinal, persons, scan_id, checked_in_at, checked_in_by, left_at
from unnest(
    $1::uuid[], $2::integer[], $3::integer[], $4::uuid[], $5::timestamptz[], $6::uuid[],
    $7::timestamptz[]
) as came (line_id, ordinal, persons, scan_id, checked_in_at, checked_in_by, left_at)
on conflict (line_id, ordinal) do update
set
    scan_id = excluded.scan_id,
    checked_in_at = excluded.checked_in_at,
    checked_in_by = excluded.checked_in_by,
    left_at = excluded.left_at
"""


async def lock_lines(
    conn: Connection, line_ids: Collection[UUID], reach: Reach
) -> dict[UUID, TicketLine]:
    """Lock the orders of lines within reach; return the lines, as they stand now."""
    await conn.execute(LOCK_ORDERS, line_ids, *reach)
    rows = await fetch_all(conn, TicketLine, FIND_LINES, line_ids, *reach)
    return {line.line_id: line for line in rows}


async def find_scans(
    conn: Connection, tickets: Collection[Ticket], scan_ids: Collection[UUID] = ()
) -> list[StoredScan]:
    """Return all scans of some tickets, and those with these ids, whosever they are."""
    lines, ordinals = [line for line, _ in tickets], [ordinal for _, ordinal in tickets]
    return await fetch_all(conn, StoredScan, FIND_SCANS, lines, ordinals, list(scan_ids))


async def find_presences(conn: Connection, tickets: Collection[Ticket]) -> dict[Ticket, Presence]:
    """Return those of some tickets that were checked in."""
    lines, ordinals = [line for line, _ in tickets], [ordinal for _, ordinal in tickets]
    rows = await fetch_all(conn, Presence, FIND_PRESENCES, lines, ordinals)
    return {row.ticket: row for row in rows}


async def change_scans(conn: Connection, scans: Sequence[StoredScan]) -> None:
    """Write what scans that are known turned out to be."""
    if scans:
        await conn.execute(
            CHANGE_SCANS,
            *_columns(scans, ("scan_id", "outcome", "was_refused", "is_settled")),
        )


async def add_scans(conn: Connection, scans: Sequence[StoredScan]) -> None:
    """Write new scans. Raises UniqueViolationError where another request tells of one of them."""
    if scans:
        names = (
            "scan_id", "line_id", "ordinal", "venue_id", "gate", "direction", "scanned_at",
            "scanned_by", "outcome", "was_refused", "is_settled",
        )  # fmt: skip
        await conn.execute(ADD_SCANS, *_columns(scans, names))


async def put_presences(conn: Connection, presences: Sequence[Presence]) -> None:
    """Write who came, in the place of what was known of them."""
    if presences:
        names = (
            "line_id", "ordinal", "persons", "scan_id", "checked_in_at", "checked_in_by", "left_at",
        )  # fmt: skip
        await conn.execute(PUT_PRESENCES, *_columns(presences, names))


def _columns(rows: Iterable[object], names: Iterable[str]) -> list[list[object]]:
    return [[getattr(row, name) for row in rows] for name in names]
