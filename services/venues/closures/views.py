"""How a closure is shown to those who may order one, and how it is read."""

from datetime import datetime
from typing import Final
from uuid import UUID

from services.venues.closures.impact import Impact, Scope
from services.venues.domain.closing import Standing, Step
from shared.contracts.terms import OfferingKind
from shared.contracts.venues import ClosedBy, ClosedOrders, ClosureCause
from shared.core.errors import NotFound
from shared.core.localized import LocalizedText
from shared.db import Connection, fetch_first
from shared.http.models import Reply


class ReopeningView(Reply):
    """A part that is open again, for what begins at `open_from` or later; all of what is empty."""

    number: int
    village_ids: tuple[UUID, ...]
    venue_ids: tuple[UUID, ...]
    kinds: tuple[OfferingKind, ...]
    open_from: datetime


class StepView(Reply):
    """What somebody did with it; `reopening` is the number of the part that was opened."""

    step: Step
    done_by: UUID
    done_at: datetime
    note: str | None
    reopening: int | None


class ClosureView(Reply):
    """A closure with its whole history.

    `impact` is what it would touch, as counted when it was entered. `impact_now` is counted for
    whoever reads a proposal by itself, to decide. `approved_impact` is what the approval was made
    on: counted in its moment, or last for a reader where that took too long; `counted_at` says
    when. Each is null where nobody could count, nor had before. A proposal can be approved until
    `expires_at`. At `over_at` nothing of it is shut any more. `version` counts steps, for ETag and
    If-Match.
    """

    closure_id: UUID
    state: Standing
    ordered_by: ClosedBy
    organisation_id: UUID | None
    village_ids: tuple[UUID, ...]
    venue_ids: tuple[UUID, ...]
    offering_ids: tuple[UUID, ...]
    kinds: tuple[OfferingKind, ...]
    closed_from: datetime
    closed_until: datetime
    cause: ClosureCause
    orders: ClosedOrders
    reason: LocalizedText
    impact: Impact | None
    impact_now: Impact | None = None
    approved_impact: Impact | None = None
    entered_by: UUID
    entered_at: datetime
    expires_at: datetime | None
    over_at: datetime
    reopenings: tuple[ReopeningView, ...]
    steps: tuple[StepView, ...]
    version: int


# One closure ($1), or those of a page: behind the one with the id $4, in the states $5, in the
# village $6, between $7 and $8; all ($9), or those of organisations $10 and their venues $11.
FIND: Final = """
select
    c.closure_id,
    standing.state,
    c.ordered_by,
    c.organisation_id,
    c.village_ids,
    c.venue_ids,
    c.offering_ids,
    c.kinds,
    c.closed_from,
    c.closed_until,
    c.cause,
    c.orders,
    c.reason,
    c.impact,
    c.approved_impact,
    c.entered_by,
    c.entered_at,
    case when c.state = 'proposed' then expiry.at end as expires_at,
    c.over_at,
    coalesce(
        (
            select
                jsonb_agg(
                    jsonb_build_object(
                        'number', r.number,
                        'village_ids', r.village_ids,
                        'venue_ids', r.venue_ids,
                        'kinds', r.kinds,
                        'open_from', r.open_from
                    )
                    order by r.number
                )
            from closure_reopenings r
            where r.closure_id = c.closure_id
        ),
        '[]'
    ) as reopenings,
    (
        select
            jsonb_agg(
                jsonb_build_object(
                    'step', t.step,
                    'done_by', t.done_by,
                    'done_at', t.done_at,
                    'note', t.note,
                    'reopening', t.reopening
                )
                order by t.step_id
            )
        from closure_steps t
        where t.closure_id = c.closure_id
    ) as steps,
    c.edit_version as version
from closures c
cross join lateral (
    select least(c.entered_at + interval '24 hours', c.closed_until) as at
) as expiry
cross join lateral (
    select
        case
            when c.state = 'proposed' and expiry.at <= $2 then 'expired'
            when c.state = 'in_force' and c.over_at <= $2 then 'ended'
            else c.state
        end as state
) as standing
where
    ($1::uuid is null or c.closure_id = $1)
    and ($4::uuid is null or c.closure_id < $4)
    and ($5::text[] is null or standing.state = any($5))
    and (
        $6::uuid is null
        or $6 = any(c.village_ids)
        or exists (
            select from venues v where v.venue_id = any(c.venue_ids) and v.village_id = $6
        )
    )
    and ($7::timestamptz is null or c.closed_until > $7)
    and ($8::timestamptz is null or c.closed_from < $8)
    and (
        $9
        or exists (
            select from unnest($10::uuid[], $11::uuid[]) as reach (organisation_id, venue_id)
            where
                reach.organisation_id = c.organisation_id
                and (reach.venue_id is null or reach.venue_id = any(c.venue_ids))
        )
    )
order by c.closure_id desc
limit $3
"""


def scope_of(view: ClosureView) -> Scope:
    """Return what a closure covers, as bookings counts it."""
    return Scope(
        view.village_ids,
        view.venue_ids,
        view.offering_ids,
        view.kinds,
        view.closed_from,
        view.closed_until,
    )


async def closure_view(conn: Connection, closure_id: UUID, now: datetime) -> ClosureView:
    """Return a closure as it stands now, whoever asks. Raises NotFound."""
    whichever = (None, None, None, None, None)
    everybody: tuple[object, ...] = (True, [], [])
    view = await fetch_first(conn, ClosureView, FIND, closure_id, now, 1, *whichever, *everybody)
    if view is None:
        raise NotFound
    return view
