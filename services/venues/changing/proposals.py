"""Changes that matter to visitors, on the record: what was proposed, and what became of it."""

from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter
from typing import Final, Literal, TypeAlias
from uuid import UUID

from aiohttp import web
from pydantic import Field, JsonValue

from services.venues import history
from services.venues.domain.significance import Why
from shared.db import Connection, fetch_first
from shared.http.access import Caller
from shared.http.keys import CLOCK, IDS
from shared.http.models import Reply

ProposalState = Literal["pending", "approved", "rejected", "withdrawn", "outdated", "applied"]


ProposalId: TypeAlias = UUID
# What is kept waits for the office, or went live at once.
Kept: TypeAlias = Literal["pending", "applied"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposed:
    """A change to be kept; `base` is what its fields are, `base_version` what was read."""

    venue_id: UUID
    offering_id: UUID | None
    changes: dict[str, JsonValue]
    base: dict[str, JsonValue]
    base_version: int
    significance: list[dict[str, str]]


class SignificantView(Reply):
    """A field of the change that matters, and why."""

    field: str
    why: Why


class ProposalView(Reply):
    """A change that matters to visitors, of a venue or of an offering of it.

    `pending` waits for the office; `outdated` is one whose fields were changed otherwise
    meanwhile, perhaps by a later proposal that took it in; `applied` went live at once, and is
    here for the office to see. A `new_offering` is proposed as a whole: it was not there before.
    """

    proposal_id: UUID
    venue_id: UUID
    offering_id: UUID | None
    organisation_id: UUID
    state: ProposalState
    changes: dict[str, JsonValue] = Field(description="The fields as they are to be.")
    base: dict[str, JsonValue] = Field(description="The same fields as they were.")
    significance: tuple[SignificantView, ...]
    proposed_by: UUID
    proposed_at: datetime
    decided_by: UUID | None
    decided_at: datetime | None
    reason: str | None


FIND_SETTING: Final = """
select d.significant_changes
from venues v
join villages g using (village_id)
join districts d using (district_id)
where v.venue_id = $1
"""

FIND_PENDING: Final = """
select
    p.proposal_id,
    p.venue_id,
    p.offering_id,
    v.organisation_id,
    p.state,
    p.changes,
    p.base,
    p.significance,
    p.proposed_by,
    p.proposed_at,
    p.decided_by,
    p.decided_at,
    p.reason
from change_proposals p
join venues v using (venue_id)
where p.venue_id = $1 and p.offering_id is not distinct from $2 and p.state = 'pending'
"""

FIND: Final = """
select
    p.proposal_id,
    p.venue_id,
    p.offering_id,
    v.organisation_id,
    p.state,
    p.changes,
    p.base,
    p.significance,
    p.proposed_by,
    p.proposed_at,
    p.decided_by,
    p.decided_at,
    p.reason
from change_proposals p
join venues v using (venue_id)
where p.proposal_id = $1
"""

INSERT: Final = """
insert into change_proposals (
    proposal_id, venue_id, offering_id, changes, base, base_version, significance,
    state, proposed_by, proposed_at
)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
"""

WITHDRAW_ALL: Final = """
update change_proposals
set state = 'withdrawn', decided_by = $2, decided_at = $3
where venue_id = $1 and state = 'pending'
returning proposal_id, offering_id
"""

SETTLE: Final = """
update change_proposals
set state = $2, decided_by = $3, decided_at = $4, reason = $5
where proposal_id = $1
"""


async def go_live_at_once(conn: Connection, venue_id: UUID) -> bool:
    """Tell whether what matters to visitors goes live at once at a venue, by its district."""
    setting = await conn.fetchval(FIND_SETTING, venue_id)
    return bool(setting == "at_once")


async def pending(
    conn: Connection, venue_id: UUID, offering_id: UUID | None
) -> ProposalView | None:
    """Return the change of a venue, or of an offering of it, that waits for the office."""
    return await fetch_first(conn, ProposalView, FIND_PENDING, venue_id, offering_id)


async def proposal(conn: Connection, proposal_id: UUID) -> ProposalView | None:
    """Return a proposal in any state."""
    return await fetch_first(conn, ProposalView, FIND, proposal_id)


async def keep(
    conn: Connection,
    app: web.Application,
    caller: Caller,
    proposed: Proposed,
    state: Kept,
) -> ProposalId:
    """Write a proposal down, and return its id."""
    proposal_id = app[IDS].new()
    await conn.execute(
        INSERT,
        proposal_id,
        proposed.venue_id,
        proposed.offering_id,
        proposed.changes,
        proposed.base,
        proposed.base_version,
        proposed.significance,
        state,
        caller.person,
        app[CLOCK].now(),
    )
    return proposal_id


async def withdraw_all(
    conn: Connection, app: web.Application, caller: Caller, venue_id: UUID
) -> None:
    """Withdraw all that waits for the office about a venue that is listed no longer."""
    rows = await conn.fetch(WITHDRAW_ALL, venue_id, caller.person, app[CLOCK].now())
    for row in sorted(rows, key=itemgetter("proposal_id")):
        entry = history.Entry(
            what="change_withdrawn",
            venue_id=venue_id,
            offering_id=row["offering_id"],
            proposal_id=row["proposal_id"],
        )
        await history.record(conn, app, history.operator(caller), entry)


async def settle(
    conn: Connection,
    app: web.Application,
    caller: Caller,
    proposal_id: UUID,
    state: Literal["approved", "rejected", "withdrawn", "outdated"],
    *,
    reason: str | None = None,
) -> None:
    """Say what became of a pending proposal."""
    await conn.execute(SETTLE, proposal_id, state, caller.person, app[CLOCK].now(), reason)
