"""Years that were read from a file, and what they would change."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from pydantic import TypeAdapter

from services.venues.calendar_effects import CalendarEffectView
from services.venues.domain.calendar_changes import DayChange, day_changes
from services.venues.years import missing_years
from shared.contracts.terms import DayType
from shared.contracts.venues import CalendarDay
from shared.core.errors import NotFound
from shared.db import Connection, fetch_first, fetch_one
from shared.http.models import Reply

FIND_IMPORT: Final = """
select
    import_id, year, source, days, based_on, imported_by, imported_at, approved_by, approved_at
from calendar_imports
where import_id = $1
"""

FIND_VERSION: Final = """
select days
from calendar_versions
where year = $1 and version = $2
"""

# $1 to $3 are days, what kind of days they were and become. A price is another where the offering
# has one for either kind; a make-up workday without a price of its own costs what a workday does.
# $4 is now.
COUNT_SLOTS: Final = """
select
    count(*)::integer as slots,
    count(*) filter (
        where exists (
            select
            from offering_prices p
            where
                p.offering_id = s.offering_id
                and (
                    p.day_type in (changed.before, changed.after)
                    or (
                        p.day_type = 'workday'
                        and 'make_up_workday' in (changed.before, changed.after)
                    )
                )
        )
    )::integer as repriced
from unnest($1::date[], $2::text[], $3::text[]) as changed (day, before, after)
join slots s on s.day = changed.day and s.offered
join offerings o using (offering_id)
where is_still_sold(o.kind, s.day, s.starts_at, s.ends_at, $4)
"""

_DAYS: Final = TypeAdapter(tuple[CalendarDay, ...])


@dataclass(frozen=True, slots=True)
class CalendarImport:
    """A year as a file said it; `based_on` is the version that it was compared with, 0 for none."""

    import_id: UUID
    year: int
    source: str
    days: tuple[CalendarDay, ...]
    based_on: int
    imported_by: UUID
    imported_at: datetime
    approved_by: UUID | None
    approved_at: datetime | None


class DayChangeView(Reply):
    """A day, and what it was and becomes by decree; null for nothing beyond its weekday."""

    day: date
    before: DayType | None
    after: DayType | None


class CalendarImportView(Reply):
    """An import, and how the year would differ from the version that it is based on.

    `based_on` 0 stands for a year that was not known. Of the slots that are still sold `slots`
    become those of another kind of day, and `repriced_slots` of them have prices that depend on it.
    `effect` is what becomes of slots whose schedules ask for kinds of days, and whose orders are in
    those that go; null for an import that counts already, and where it is too much to look through:
    more than 10,000 slots go or are cut, more than 1,000 schedules ask, or they have more than
    50,000 slots on the days that become others. `waiting` counts the offerings that wait for the
    year.
    """

    import_id: UUID
    year: int
    source: str
    based_on: int
    days: int
    added: list[DayChangeView]
    changed: list[DayChangeView]
    removed: list[DayChangeView]
    slots: int
    repriced_slots: int
    effect: CalendarEffectView | None
    waiting: int
    imported_by: UUID
    imported_at: datetime
    approved_by: UUID | None
    approved_at: datetime | None


@dataclass(frozen=True, slots=True)
class _Counted:
    slots: int
    repriced: int


async def find_import(conn: Connection, import_id: UUID) -> CalendarImport:
    """Return an import. Raises NotFound."""
    found = await fetch_first(conn, CalendarImport, FIND_IMPORT, import_id)
    if found is None:
        raise NotFound
    return found


async def import_view(
    conn: Connection, import_id: UUID, now: datetime, effect: CalendarEffectView | None
) -> CalendarImportView:
    """Return an import with what it would change in slots as they are now. Raises NotFound."""
    found = await find_import(conn, import_id)
    stored = await conn.fetchval(FIND_VERSION, found.year, found.based_on)
    changes = day_changes(_DAYS.validate_python(stored or (), strict=False), found.days)
    counted = await _count(conn, changes if found.based_on else (), now)
    missing = {one.year: one.waiting for one in await missing_years(conn, now)}
    return CalendarImportView(
        import_id=found.import_id,
        year=found.year,
        source=found.source,
        based_on=found.based_on,
        days=len(found.days),
        added=[_view(one) for one in changes if one.before is None],
        changed=[_view(one) for one in changes if one.before and one.after],
        removed=[_view(one) for one in changes if one.after is None],
        slots=counted.slots,
        repriced_slots=counted.repriced,
        effect=None if found.approved_at else effect,
        waiting=missing.get(found.year, 0),
        imported_by=found.imported_by,
        imported_at=found.imported_at,
        approved_by=found.approved_by,
        approved_at=found.approved_at,
    )


async def _count(conn: Connection, changes: Sequence[DayChange], now: datetime) -> _Counted:
    others = [(one.day, *one.kinds) for one in changes if one.kinds[0] != one.kinds[1]]
    days, before, after = zip(*others, strict=True) if others else ((), (), ())
    return await fetch_one(conn, _Counted, COUNT_SLOTS, list(days), list(before), list(after), now)


def _view(change: DayChange) -> DayChangeView:
    return DayChangeView(day=change.day, before=change.before, after=change.after)
