"""Moving a venue along its life: one decision, on the record, under the venue's lock."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from aiohttp import web

from services.venues import history, telling
from services.venues.changing import proposals
from services.venues.domain.differences import Difference
from services.venues.domain.life import Decision, next_state
from services.venues.errors import VenueStateConflict, VenueWithoutSchedule
from services.venues.fields import ListingField, Reason
from services.venues.licensing import require_licences
from services.venues.ownership import LockedVenue
from services.venues.views import VenueView, venue_view
from shared.core.errors import NotAllowed
from shared.db import Connection, transaction
from shared.http.access import Caller
from shared.http.etags import IfMatch, Versioned
from shared.http.keys import CLOCK, DATABASE, IDS
from shared.http.models import Body
from shared.messaging import audit

HAS_SCHEDULE: Final = """
select exists (
    select from schedules join offerings using (offering_id) where venue_id = $1
)
"""

RECORD: Final = """
insert into venue_decisions (
    decision_id, venue_id, decision, decided_by, decided_at, edit_version, reason, reasons
)
values ($1, $2, $3, $4, $5, $6, $7, $8)
"""

# The events follow in the same transaction; a published venue has had one from the beginning.
# Whatever suspended it once: what is published now has all of its licences.
MOVE: Final = """
update venues
set
    state = $2,
    edit_version = edit_version + 1,
    licence_suspended_at = case when $2 <> 'published' then licence_suspended_at end
where venue_id = $1
"""

# What the office decides; the rest is the organisation's.
OF_THE_OFFICE: Final[frozenset[Decision]] = frozenset({"approved", "rejected"})


class RejectionReason(Body):
    """One thing that has to be mended; without a `field` it is about the listing as a whole."""

    field: ListingField | None = None
    text: Reason


@dataclass(frozen=True, slots=True)
class Reasons:
    """Why a venue was rejected: in one sentence, and point by point."""

    sentence: str
    points: Sequence[RejectionReason]


# How the venue is locked says whose decision it is: its organisation's, or the office's.
Lock: TypeAlias = Callable[[Connection], Awaitable[LockedVenue]]


async def decided(
    request: web.Request,
    caller: Caller,
    if_match: IfMatch,
    decision: Decision,
    lock: Lock,
    *,
    reasons: Reasons | None = None,
) -> Versioned[VenueView]:
    """Take a decision about a venue in one transaction, and show the venue as it is then.

    Raises what `lock` raises, PreconditionFailed, VenueStateConflict where the decision does not
    follow from the venue's state, and, where it would be published, VenueWithoutSchedule and
    LicenceMissing.
    """
    async with transaction(request.app[DATABASE]) as conn:
        venue = await lock(conn)
        if_match.check(venue.edit_version)
        await _decide(conn, request.app, venue, decision, caller=caller, reasons=reasons)
        view = await venue_view(conn, venue.venue_id)
    return Versioned(view, view.version)


async def _decide(
    conn: Connection,
    app: web.Application,
    venue: LockedVenue,
    decision: Decision,
    *,
    caller: Caller,
    reasons: Reasons | None,
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
        reasons and reasons.sentence,
        [point.model_dump() for point in reasons.points] if reasons else [],
    )
    await _tell_history(conn, app, venue, decision, caller=caller, reasons=reasons)


async def _tell_history(
    conn: Connection,
    app: web.Application,
    venue: LockedVenue,
    decision: Decision,
    *,
    caller: Caller,
    reasons: Reasons | None,
) -> None:
    of_the_office = decision in OF_THE_OFFICE
    author = history.office(caller) if of_the_office else history.operator(caller)
    entry = history.Entry(
        what=decision,
        venue_id=venue.venue_id,
        changes=[Difference("state", venue.state, next_state(venue.state, decision))],
        note=reasons.sentence if reasons else None,
    )
    await history.record(conn, app, author, entry)
    if of_the_office:
        action = f"venue.{decision}"
        await audit.record(conn, caller, action=action, subject=venue.venue_id)
    if decision == "archived":
        await proposals.withdraw_all(conn, app, caller, venue.venue_id)
