"""Set when an offering takes place; its slots follow."""

from dataclasses import dataclass
from functools import partial
from uuid import UUID

from aiohttp import web

from services.venues.errors import LicenceMissing, ScheduleTouchesOrders, VenueStateConflict
from services.venues.history import Entry, operator, record_edit
from services.venues.licensing import no_new_gaps
from services.venues.meanwhile import keep_meanwhile
from services.venues.offering_writing import renew_venue
from services.venues.ownership import LockedVenue, check_editable, lock_venue_of_own_offering
from services.venues.paths import OfferingPath
from services.venues.schedule_fields import SetSchedule
from services.venues.schedule_views import ScheduleView, find_schedule, schedule_view
from services.venues.schedule_writing import WantedSchedule, want_schedule
from services.venues.slot_changes import TouchedSlot, find_touched
from services.venues.slots import fit_slots
from services.venues.touched_orders import (
    TOUCHED_MEANWHILE,
    TouchedOrders,
    Unasked,
    unless_touched,
)
from shared.core.errors import NotFound, PreconditionRequired
from shared.db import Connection, transaction
from shared.http.access import Caller, may
from shared.http.etags import IfMatch, Versioned
from shared.http.keys import CLOCK, DATABASE
from shared.http.route import route


class SetScheduleView(ScheduleView):
    """The schedule as it is now, and who booked while it was being set."""

    touched_meanwhile: TouchedOrders | None = TOUCHED_MEANWHILE


@dataclass(frozen=True, slots=True)
class Done:
    """A schedule that was set, and at which venue."""

    venue: LockedVenue
    view: ScheduleView


@dataclass(frozen=True, slots=True)
class Setting:
    """One request to set a schedule: who asks for what, having read what."""

    app: web.Application
    caller: Caller
    offering_id: UUID
    body: SetSchedule
    if_match: IfMatch


@route(
    "PUT",
    "/v1/offerings/{offering_id}/schedule",
    access=may("schedule.change"),
    errors=(
        NotFound,
        PreconditionRequired,
        LicenceMissing,
        ScheduleTouchesOrders,
        VenueStateConflict,
    ),
)
async def set_schedule(
    request: web.Request,
    caller: Caller,
    path: OfferingPath,
    body: SetSchedule,
    if_match: IfMatch,
) -> Versioned[SetScheduleView]:
    """Set the schedule of an offering of the caller's, in place of the one that it had.

    Slots of the next 90 days are made, changed or withdrawn at once, the later ones as their
    days come near and their year is known. What has begun stays as it was, but for a night until
    its day is over and an entry until it closes, because these are still sold; and what was sold
    stays sold. The same schedule again changes nothing. One that is replaced has to be read
    first: If-Match names it.

    Where slots would go that people have booked, or be cut below what is booked, nothing changes,
    and the answer counts their orders; `accept_touched_orders` does it all the same. To know,
    bookings is asked: while it is away, such a schedule can't be set.

    A published venue needs the permits of its large events on these days first: LicenceMissing.
    """
    setting = Setting(request.app, caller, path.offering_id, body, if_match)
    made = await unless_touched(request.app, partial(_set_unless_touching, setting))
    done, meanwhile = made.answer, made.meanwhile
    change = _entry(done.venue, path.offering_id)
    await keep_meanwhile(request.app, operator(caller), change, meanwhile)
    view = SetScheduleView.model_construct(**dict(done.view), touched_meanwhile=meanwhile)
    return Versioned(view, view.version)


async def _set_unless_touching(setting: Setting, asked: frozenset[TouchedSlot]) -> Done | Unasked:
    """Set the schedule, or return the slots about whose orders bookings has to be asked first."""
    now = setting.app[CLOCK].now()
    async with transaction(setting.app[DATABASE]) as conn:
        venue = await lock_venue_of_own_offering(
            conn, setting.offering_id, setting.caller, "schedule.change"
        )
        before = await find_schedule(conn, setting.offering_id, now)
        setting.if_match.check_replacement(before.version if before else None)
        check_editable(venue)
        wanted = await want_schedule(conn, setting.offering_id, setting.body, now)
        if not setting.body.accept_touched_orders:
            touched = await find_touched(conn, [wanted.slots], now)
            if not touched <= asked:
                return Unasked(touched)
        return Done(venue, await _set(conn, setting, venue, wanted, before))


async def _set(
    conn: Connection,
    setting: Setting,
    venue: LockedVenue,
    wanted: WantedSchedule,
    before: ScheduleView | None,
) -> ScheduleView:
    now = setting.app[CLOCK].now()
    async with no_new_gaps(conn, venue, now):
        await wanted.keep(conn)
        await fit_slots(conn, venue, [setting.offering_id], now)
    await renew_venue(conn, venue.venue_id)
    after = await schedule_view(conn, setting.offering_id, now)
    entry = _entry(venue, setting.offering_id)
    author = operator(setting.caller)
    await record_edit(conn, setting.app, author, entry, before=before, after=after)
    return after


def _entry(venue: LockedVenue, offering_id: UUID) -> Entry:
    return Entry(what="schedule_set", venue_id=venue.venue_id, offering_id=offering_id)
