"""An edit by a listing's operator: what matters to visitors may wait for the office.

What waits is kept by field: a field of which a part matters waits as a whole. Fields that have to
fit each other wait together where they would not fit apart.
"""

import json
from collections.abc import Mapping
from typing import TypeAlias, TypeVar

from aiohttp import web
from pydantic import BaseModel, JsonValue, ValidationError

from services.venues import history
from services.venues.changing import proposals
from services.venues.changing.listing import Listing
from services.venues.domain.differences import differences
from services.venues.domain.life import APPROVED
from services.venues.domain.significance import Significant
from services.venues.fields import Changes
from services.venues.ownership import check_editable
from shared.core.errors import ValidationFailed
from shared.db import Connection
from shared.http.access import Caller
from shared.http.validation import field_error

Body = TypeVar("Body", bound=Changes)
Fields: TypeAlias = dict[str, JsonValue]


async def edit(
    conn: Connection, app: web.Application, caller: Caller, listing: Listing[Body], body: Body
) -> None:
    """Change a listing of the caller's, as far as that may go live at once.

    The rest, if any, becomes the listing's pending proposal. Fields that say what is so already
    are left alone. Raises VenueStateConflict for an archived venue, ValidationFailed, and what
    applying the change raises.
    """
    wanted = _news(body, listing.view)
    if not wanted:
        return
    check_editable(listing.venue)
    whole = listing.read(wanted)
    _check(listing, whole)
    significant = listing.significant(whole) if listing.venue.state in APPROVED else []
    if not significant:
        await _apply(conn, app, caller, listing, wanted)
    elif await proposals.go_live_at_once(conn, listing.venue.venue_id):
        notice = await _keep(conn, app, caller, listing, wanted, significant=significant)
        await _apply(conn, app, caller, listing, wanted, notice=notice)
    else:
        held = _held(listing, wanted, {one.field for one in significant})
        if rest := {name: value for name, value in wanted.items() if name not in held}:
            listing = await _apply(conn, app, caller, listing, rest)
        await _propose(conn, app, caller, listing, {name: wanted[name] for name in held})


def _news(body: Changes, view: BaseModel) -> Fields:
    """Return the fields of a change that say something else than what is so."""
    said: Fields = body.model_dump(mode="json", include=body.model_fields_set)
    now = view.model_dump(mode="json", include=set(said))
    return {name: value for name, value in said.items() if not _alike(value, now.get(name))}


def _alike(one: JsonValue, other: JsonValue) -> bool:
    """Tell whether two values say the same; prices do so in any order."""
    if isinstance(one, list) and isinstance(other, list):
        return sorted(map(_text, one)) == sorted(map(_text, other))
    return one == other


def _text(value: JsonValue) -> str:
    return json.dumps(value, sort_keys=True)


def _check(listing: Listing[Body], body: Body) -> None:
    if faults := listing.faults(body):
        raise ValidationFailed(
            errors=[field_error("body", f"/{field}", code) for field, code in faults]
        )


def _held(listing: Listing[Body], wanted: Fields, significant: set[str]) -> set[str]:
    """Return the fields that wait: those that matter, and those that don't fit without them."""
    rest = {name: value for name, value in wanted.items() if name not in significant}
    if rest and listing.faults(listing.read(rest)):
        return significant | (wanted.keys() & listing.coupled)
    return significant


async def _apply(
    conn: Connection,
    app: web.Application,
    caller: Caller,
    listing: Listing[Body],
    changes: Fields,
    *,
    notice: proposals.ProposalId | None = None,
) -> Listing[Body]:
    """Make a change, write it down, and return the listing as it is then."""
    await listing.apply(conn, app, listing.read(changes))
    after = await listing.again(conn)
    entry = history.Entry(
        what=listing.edited,
        venue_id=listing.venue.venue_id,
        offering_id=listing.offering_id,
        proposal_id=notice,
    )
    author = history.operator(caller)
    await history.record_edit(conn, app, author, entry, before=listing.view, after=after.view)
    waiting = await proposals.pending(conn, listing.venue.venue_id, listing.offering_id)
    if waiting is not None and (
        waiting.changes.keys() & changes.keys() or not fits(after, waiting.changes)
    ):
        await _outdate(conn, app, caller, waiting)
    return after


async def _propose(
    conn: Connection,
    app: web.Application,
    caller: Caller,
    listing: Listing[Body],
    changes: Fields,
) -> None:
    """Keep a change for the office, together with what waits there already."""
    waiting = await proposals.pending(conn, listing.venue.venue_id, listing.offering_id)
    if waiting is not None:
        if fits(listing, waiting.changes):
            changes = {**waiting.changes, **changes}
        await _outdate(conn, app, caller, waiting)
    body = listing.read(changes)
    _check(listing, body)
    significant = listing.significant(body)
    kept = await _keep(conn, app, caller, listing, changes, significant=significant, waits=True)
    entry = history.Entry(
        what="change_proposed",
        venue_id=listing.venue.venue_id,
        offering_id=listing.offering_id,
        changes=differences(base_of(listing.view, changes), changes),
        proposal_id=kept,
    )
    await history.record(conn, app, history.operator(caller), entry)
    await listing.renew(conn)


async def _keep(
    conn: Connection,
    app: web.Application,
    caller: Caller,
    listing: Listing[Body],
    changes: Fields,
    *,
    significant: list[Significant],
    waits: bool = False,
) -> proposals.ProposalId:
    proposed = proposals.Proposed(
        venue_id=listing.venue.venue_id,
        offering_id=listing.offering_id,
        changes=changes,
        base=base_of(listing.view, changes),
        base_version=listing.version,
        significance=[{"field": one.field, "why": one.why} for one in significant],
    )
    return await proposals.keep(conn, app, caller, proposed, "pending" if waits else "applied")


def fits(listing: Listing[Body], changes: Fields) -> bool:
    """Tell whether changes that were kept can still be made; rules may be others by now."""
    try:
        return not listing.faults(listing.read(changes))
    except ValidationError:
        return False


def base_of(view: BaseModel, changes: Mapping[str, JsonValue]) -> Fields:
    """Return what the fields of a change are now."""
    base: Fields = view.model_dump(mode="json", include=set(changes))
    return base


async def _outdate(
    conn: Connection, app: web.Application, caller: Caller, waiting: proposals.ProposalView
) -> None:
    await proposals.settle(conn, app, caller, waiting.proposal_id, "outdated")
    entry = history.Entry(
        what="change_outdated",
        venue_id=waiting.venue_id,
        offering_id=waiting.offering_id,
        proposal_id=waiting.proposal_id,
    )
    await history.record(conn, app, history.operator(caller), entry)
