"""Deciding about a licence: under the venue's lock, with what follows for its sale."""

from typing import Final
from uuid import UUID

from aiohttp import web

from services.venues.domain.licences import LicenceState
from services.venues.errors import LicenceStateConflict, LicenceWithoutDocument
from services.venues.licence_telling import tell_renewed
from services.venues.licence_views import LicenceView, licence_view
from services.venues.licensing import fit_sale, lock_venue_of_licence
from shared.core.clock import local_day
from shared.db import Connection, transaction
from shared.http.access import Caller
from shared.http.etags import IfMatch, Versioned
from shared.http.keys import CLOCK, DATABASE
from shared.messaging import audit

DECIDE: Final = """
update licences
set
    state = $2,
    refused_because = $3,
    decided_by = $4,
    decided_at = $5,
    confirmed_at = case when $2 = 'confirmed' then $5 else confirmed_at end,
    edit_version = edit_version + 1
where licence_id = $1
"""

# One of the kind was confirmed before, and this one goes on longer.
RENEWS: Final = """
select exists (
    select from licences later
    join licences earlier using (venue_id, kind)
    where
        later.licence_id = $1
        and earlier.licence_id <> $1
        and earlier.confirmed_at is not null
        and earlier.valid_until < later.valid_until
        and later.kind <> 'event_permit'
)
"""


async def decided(
    request: web.Request,
    caller: Caller,
    if_match: IfMatch,
    licence_id: UUID,
    refused_because: str | None,
) -> Versioned[LicenceView]:
    """Confirm a licence, or refuse it for a reason, and put its venue on or off sale by it.

    Raises NotFound, PreconditionFailed, LicenceStateConflict, and LicenceWithoutDocument where one
    would be confirmed that nobody can have seen.
    """
    now = request.app[CLOCK].now()
    today = local_day(now)
    state: LicenceState = "confirmed" if refused_because is None else "refused"
    async with transaction(request.app[DATABASE]) as conn:
        venue = await lock_venue_of_licence(conn, licence_id)
        before = await licence_view(conn, licence_id, today)
        if_match.check(before.version)
        if before.state not in _FROM[state]:
            raise LicenceStateConflict(state=before.state)
        if state == "confirmed" and before.document_type is None:
            raise LicenceWithoutDocument
        await conn.execute(DECIDE, licence_id, state, refused_because, caller.person, now)
        if state == "confirmed":
            await _tell_renewal(conn, licence_id)
        await fit_sale(conn, request.app, venue)
        view = await licence_view(conn, licence_id, today)
        await audit.record(
            conn,
            caller,
            action=f"licence.{state}",
            subject=licence_id,
            details={"venue_id": venue.venue_id, "edit_version": before.version},
        )
    return Versioned(view, view.version)


# The office can take a confirmation back; what it refused is entered again.
_FROM: Final[dict[LicenceState, frozenset[LicenceState]]] = {
    "confirmed": frozenset({"waiting"}),
    "refused": frozenset({"waiting", "confirmed"}),
}


async def _tell_renewal(conn: Connection, licence_id: UUID) -> None:
    if await conn.fetchval(RENEWS, licence_id):
        await tell_renewed(conn, licence_id)
