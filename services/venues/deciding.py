"""Moving a venue along its life: one decision, on the record, under the venue's lock."""

from collections.abc import Awaitable, Callable
from typing import Final, TypeAlias

from aiohttp import web

from services.venues import telling
from services.venues.domain.life import Decision, next_state
from services.venues.errors import VenueStateConflict, VenueWithoutSchedule
from services.venues.licensing import require_licences
from services.venues.ownership import LockedVenue
from services.venues.views import VenueView, venue_view
from shared.core.errors import NotAllowed
from shared.db import Connection, transaction
from shared.http.access import Caller
from shared.http.etags import IfMatch, Versioned
from shared.http.keys import CLOCK, DATABASE, IDS

HAS_SCHEDULE: Final = """
select exists (
    select from schedules join offerings using (offering_id) where venue_id = $1
)
"""

RECORD: Final = """
insert into venue_decisions (
    decision_id, venue_id, decision, decided_by, decided_at, edit_version, reason
)
values ($1, $2, $3, $4, $5, $6, $7)
"""

# The events follow in the same transaction; a published venue has had one from the beginning.
MOVE: Final = """
update venues
set state = $2, edit_version = edit_version + 1
where venue_id = $1
"""


# How the venue is locked says whose decision it is: its organisation's, or the office's.
Lock: TypeAlias = Callable[[Connection], Awaitable[LockedVenue]]


async def decided(
    request: web.Request,
    caller: Caller,
    if_match: IfMatch,
    decision: Decision,
    lock: Lock,
    *,
    reason: str | None = None,
) -> Versioned[VenueView]:
    """Take a decision about a venue in one transaction, and show the venue as it is then.

    Raises what `lock` raises, PreconditionFailed, VenueStateConflict where the decision does not
    follow from the venue's state, and, where it would be published, VenueWithoutSchedule and
    LicenceMissing.
    """
    async with transaction(request.app[DATABASE]) as conn:
        venue = await lock(conn)
        if_match.check(venue.edit_version)
        await _decide(conn, request.app, venue, decision, caller=caller, reason=reason)
        view = await venue_view(conn, venue.venue_id)
    return Versioned(view, view.version)


async def _decide(
    conn: Connection,
    app: web.Application,
    venue: LockedVenue,
    decision: Decision,
    *,
    caller: Caller,
    reason: str | None,
) -> None:
    """Give a locked venue its next state, keep the record, and tell the others."""
    state = next_state(venue.state, decision)
    if state is None:
        raise VenueStateConflict(state=venue.state)
    if caller.account_id is None:
        raise NotAllowed
    now = app[CLOCK].now()
    if state == "published":
        if not await conn.fetchval(HAS_SCHEDULE, venue.venue_id):
            raise VenueWithoutSchedule
        await require_licences(conn, venue.venue_id, now)
        await telling.publish_all(conn, venue.venue_id, now)
    elif venue.on_sale:
        await telling.withdraw_all(conn, venue.venue_id, now)
    await conn.execute(MOVE, venue.venue_id, state)
    await conn.execute(
        RECORD,
        app[IDS].new(),
        venue.venue_id,
        decision,
        caller.account_id,
        now,
        venue.edit_version,
        reason,
    )
