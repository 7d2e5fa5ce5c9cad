"""Show what a schedule would change, and whom, before it is set."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final
from uuid import UUID

from aiohttp import web

from services.venues.ownership import lock_venue_of_own_offering
from services.venues.paths import OfferingPath
from services.venues.schedule_fields import SetSchedule
from services.venues.schedule_writing import want_schedule
from services.venues.slot_changes import SlotChange, find_changes, find_touched
from services.venues.touched_orders import TouchedOrders, orders_in_slots
from shared.core.errors import NotFound
from shared.db import transaction
from shared.http.access import Caller, may
from shared.http.keys import CLOCK, DATABASE
from shared.http.models import Reply
from shared.http.route import route

# How many slots of each sort are shown; the others are only counted.
MOST_SHOWN: Final = 50


class SlotChangeView(Reply):
    """A slot as it would be, or as it is before it goes."""

    slot_id: UUID | None
    day: date
    starts_at: datetime
    ends_at: datetime
    earlier_capacity: int | None
    capacity: int | None


class SlotChanges(Reply):
    """How many slots, and the first 50 of them in the order of their beginnings."""

    count: int
    first: list[SlotChangeView]


class SchedulePreview(Reply):
    """Slots that would be made, go, or change their end or capacity; and whose orders are in them.

    `touched` are orders in slots that would go or offer less than before.
    """

    made: SlotChanges
    withdrawn: SlotChanges
    changed: SlotChanges
    touched: TouchedOrders


@route(
    "POST",
    "/v1/offerings/{offering_id}/schedule-previews",
    access=may("schedule.change"),
    errors=(NotFound,),
)
async def preview_schedule(
    request: web.Request, caller: Caller, path: OfferingPath, body: SetSchedule
) -> SchedulePreview:
    """Show what setting this schedule would do at this moment; nothing is changed.

    It speaks of the next 90 days, as far as their years are known: for later ones there are no
    slots yet. Orders are counted by bookings; while it is away there is no preview of what would
    touch slots that were on sale.
    """
    now = request.app[CLOCK].now()
    async with transaction(request.app[DATABASE]) as conn:
        await lock_venue_of_own_offering(conn, path.offering_id, caller, "schedule.change")
        wanted = await want_schedule(conn, path.offering_id, body, now)
        changes = await find_changes(conn, wanted.slots, now, MOST_SHOWN)
        touched = await find_touched(conn, wanted.slots, now)
    return SchedulePreview(
        made=_shown(changes, "made"),
        withdrawn=_shown(changes, "withdrawn"),
        changed=_shown(changes, "changed"),
        touched=await orders_in_slots(request.app, touched),
    )


def _shown(changes: Sequence[SlotChange], change: str) -> SlotChanges:
    chosen = [one for one in changes if one.change == change]
    return SlotChanges(
        count=chosen[0].number_of if chosen else 0,
        first=[
            SlotChangeView(
                slot_id=one.slot_id,
                day=one.day,
                starts_at=one.starts_at,
                ends_at=one.ends_at,
                earlier_capacity=one.earlier_capacity,
                capacity=one.capacity,
            )
            for one in chosen
        ],
    )
