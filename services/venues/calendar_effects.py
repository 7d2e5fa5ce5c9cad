"""What correcting a year does to slots: schedules that ask what kind of day it is follow it.

A year that is entered for the first time takes nothing away: nothing was made in it.
"""

import asyncio
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final, Literal
from uuid import UUID

import structlog
from aiohttp import web

from services.venues.domain.calendar_changes import Typed
from services.venues.errors import CalendarTouchesTooMuch
from services.venues.slot_change_views import MOST_SHOWN, SlotChanges, slot_changes
from services.venues.slot_changes import SlotChange, TouchedSlot, find_changes, find_touched
from services.venues.slot_plans import (
    FIND_SCHEDULES,
    Calendar,
    SlotPlan,
    StoredSchedule,
    find_calendar,
)
from services.venues.touched_orders import MOST_ASKED, TouchedOrders, Unasked, orders_in_slots
from shared.contracts.terms import MOST_DAYS_AHEAD
from shared.core.clock import local_day
from shared.core.errors import Unavailable
from shared.db import Connection, fetch_all, transaction
from shared.http.access import Caller
from shared.http.keys import DATABASE
from shared.http.models import Reply
from shared.messaging import audit

# What is looked through at once; beyond it nothing is said but which limit was met. Planning a
# thousand schedules for some days takes about a second.
MOST_SCHEDULES: Final = 1000
MOST_PLANNED: Final = 50_000

# $1 and $2 the first and the last of the days that become others.
FIND_READERS: Final = """
select offering_id
from schedules
where reads_day_types and first_day <= $2 and last_day >= $1
order by offering_id
limit $3
"""


_log: Final = structlog.get_logger()


class CalendarEffectView(Reply):
    """Slots that would be made, go or change, and whose orders are in those that go or are cut."""

    made: SlotChanges
    withdrawn: SlotChanges
    changed: SlotChanges
    touched: TouchedOrders


@dataclass(frozen=True, slots=True)
class CalendarEffect:
    """What would become of slots, and which ones people may have booked that go or are cut."""

    changes: list[SlotChange]
    touched: frozenset[TouchedSlot]


@dataclass(frozen=True, slots=True)
class TooMuch:
    """What there is more of than can be looked through at once, and how much would do."""

    counted: Literal["schedules", "planned_slots", "touched_slots"]
    limit: int


NO_EFFECT: Final = CalendarEffect([], frozenset())


async def calendar_effect(
    conn: Connection, year: int, days: Iterable[Typed], now: datetime
) -> CalendarEffect | TooMuch:
    """Return what these days would do as those of a year."""
    calendar = await find_calendar(conn, now)
    corrected = _corrected(calendar, year, days)
    others = _days_of_other_kinds(calendar, corrected, local_day(now))
    if not others:
        return NO_EFFECT
    rows = await conn.fetch(FIND_READERS, min(others), max(others), MOST_SCHEDULES + 1)
    if len(rows) > MOST_SCHEDULES:
        return TooMuch("schedules", MOST_SCHEDULES)
    plans = await _plans(conn, [row["offering_id"] for row in rows], corrected, others, now)
    if plans is None:
        return TooMuch("planned_slots", MOST_PLANNED)
    touched = await find_touched(conn, plans, now, others)
    if len(touched) > MOST_ASKED:
        return TooMuch("touched_slots", MOST_ASKED)
    return CalendarEffect(await find_changes(conn, plans, now, MOST_SHOWN, others), touched)


async def unasked(
    conn: Connection,
    year: int,
    days: Iterable[Typed],
    now: datetime,
    asked: frozenset[TouchedSlot],
) -> Unasked | None:
    """Return the slots about whose orders bookings has to be asked before the days may count.

    Not for a year that is entered for the first time: nobody has booked in it. Raises
    CalendarTouchesTooMuch where there are too many to ask about.
    """
    effect = await calendar_effect(conn, year, days, now)
    if isinstance(effect, TooMuch):
        raise CalendarTouchesTooMuch(year=year, counted=effect.counted, limit=effect.limit)
    return None if effect.touched <= asked else Unasked(effect.touched)


async def effect_view(
    app: web.Application, effect: CalendarEffect | TooMuch | None
) -> CalendarEffectView | None:
    """Return what is shown of an effect, if anything. Bookings is asked: not within a transaction.

    Raises Unavailable.
    """
    if not isinstance(effect, CalendarEffect):
        return None
    return CalendarEffectView(
        made=slot_changes(effect.changes, "made"),
        withdrawn=slot_changes(effect.changes, "withdrawn"),
        changed=slot_changes(effect.changes, "changed"),
        touched=await orders_in_slots(app, effect.touched),
    )


def _corrected(calendar: Calendar, year: int, days: Iterable[Typed]) -> Calendar:
    kept = {day: kind for day, kind in calendar.decreed.items() if int(day[:4]) != year}
    return replace(calendar, decreed=kept | {str(one.day): one.day_type for one in days})


def _days_of_other_kinds(before: Calendar, after: Calendar, today: date) -> frozenset[date]:
    """Return the days that lie ahead and become others; an unknown year's days are none yet."""
    were, are = before.day_types, after.day_types
    ahead = (today + timedelta(days=number) for number in range(MOST_DAYS_AHEAD + 1))
    return frozenset(day for day in ahead if were.of(day) != are.of(day))


async def _plans(
    conn: Connection,
    offering_ids: list[UUID],
    calendar: Calendar,
    days: Collection[date],
    now: datetime,
) -> list[SlotPlan] | None:
    plans: list[SlotPlan] = []
    slots = 0
    for one in await fetch_all(conn, StoredSchedule, FIND_SCHEDULES, offering_ids):
        plan = SlotPlan.of(one.offering_id, one.offered, one.schedule, calendar, now, only=days)
        plans.append(plan)
        slots += len(plan.starts)
        if slots > MOST_PLANNED:
            return None
        # Others are served in between.
        await asyncio.sleep(0)
    return plans


async def keep_booked_meanwhile(
    app: web.Application, caller: Caller, year: int, meanwhile: TouchedOrders | None
) -> None:
    """Keep in the audit log who booked, while the year was being corrected, what is going.

    Nobody could be asked about them any more. The year counts already: where the database is away
    now, the log has to do.
    """
    if meanwhile is None or not meanwhile.orders:
        return
    try:
        async with transaction(app[DATABASE]) as conn:
            await audit.record(
                conn,
                caller,
                action="calendar.orders_touched",
                subject=str(year),
                details={
                    "orders": meanwhile.orders,
                    "persons": meanwhile.persons,
                    "first": tuple(str(order.order_id) for order in meanwhile.first),
                },
            )
    except Unavailable:
        _log.warning("calendar.orders_not_kept", year=year, orders=meanwhile.orders)
