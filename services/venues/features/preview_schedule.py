"""Show what a schedule would change, and whom, before it is set."""

from aiohttp import web

from services.venues.ownership import lock_venue_of_own_offering
from services.venues.paths import OfferingPath
from services.venues.schedule_fields import SetSchedule
from services.venues.schedule_writing import want_schedule
from services.venues.slot_change_views import MOST_SHOWN, SlotChanges, slot_changes
from services.venues.slot_changes import find_changes, find_touched
from services.venues.touched_orders import TouchedOrders, orders_in_slots
from shared.core.errors import NotFound
from shared.db import transaction
from shared.http.access import Caller, may
from shared.http.keys import CLOCK, DATABASE
from shared.http.models import Reply
from shared.http.route import route


class SchedulePreview(Reply):
    """Slots that would be made, go, or change their end or capacity; and whose orders are in them.

    `touched` are orders in slots that would go, or have fewer places than are taken in them.
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
        changes = await find_changes(conn, [wanted.slots], now, MOST_SHOWN)
        touched = await find_touched(conn, [wanted.slots], now)
    return SchedulePreview(
        made=slot_changes(changes, "made"),
        withdrawn=slot_changes(changes, "withdrawn"),
        changed=slot_changes(changes, "changed"),
        touched=await orders_in_slots(request.app, touched),
    )
