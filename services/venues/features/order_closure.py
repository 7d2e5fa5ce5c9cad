"""Order a closure: an operator's is in force at once, the office's waits for a second person."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final, Self
from uuid import UUID

from aiohttp import web
from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from services.venues.closures.impact import (
    SECONDS,
    SECONDS_BEFORE_SHUTTING,
    Impact,
    Scope,
    impact_if_known,
)
from services.venues.closures.keeping import find_villages, lock_closure, record, tell_ordered
from services.venues.closures.views import ClosureView, closure_view
from services.venues.domain.closing import LONGEST
from services.venues.fields import ShortText
from shared.contracts.terms import OfferingKind
from shared.contracts.venues import ClosedOrders, ClosureCause
from shared.core.errors import NotAllowed, NotFound, Unavailable
from shared.db import Connection, acquire, transaction
from shared.http.access import Caller, may
from shared.http.idempotency import Idempotency
from shared.http.keys import CLOCK, DATABASE, IDS
from shared.http.models import Body, Instant, Reply
from shared.http.route import route
from shared.http.validation import invalid

MOST_PLACES: Final = 100
MOST_OFFERINGS: Final = 20


class OrderClosure(Body):
    """What is shut: villages and venues, and of these the kinds and offerings, where any are named.

    `from` and `until` are instants; whatever takes place at any moment between them is shut.
    With `orders: cancel` all that was booked there is called off and refunded whole; with `keep`
    nothing more is sold. With `dry_run` it is only counted.
    """

    villages: Annotated[tuple[UUID, ...], Field(max_length=MOST_PLACES)] = ()
    venues: Annotated[tuple[UUID, ...], Field(max_length=MOST_PLACES)] = ()
    offerings: Annotated[tuple[UUID, ...], Field(max_length=MOST_OFFERINGS)] = ()
    kinds: Annotated[tuple[OfferingKind, ...], Field(max_length=4)] = ()
    closed_from: Instant = Field(alias="from")
    closed_until: Instant = Field(alias="until")
    cause: ClosureCause
    orders: ClosedOrders
    reason: ShortText
    dry_run: bool = False

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if not self.villages and not self.venues:
            raise PydanticCustomError("closure_without_place", "Nothing is named")
        if self.offerings and (self.villages or len(self.venues) > 1):
            raise PydanticCustomError("closure_offerings_need_one_venue", "Which venue?")
        if any(
            len(set(named)) < len(named)
            for named in (self.villages, self.venues, self.offerings, self.kinds)
        ):
            raise PydanticCustomError("closure_repeated", "Something stands there twice")
        if self.closed_until <= self.closed_from:
            raise PydanticCustomError("ends_before_start", "It ends before it begins")
        if self.closed_until - self.closed_from > LONGEST:
            raise PydanticCustomError("closure_too_long", "It is too long")
        return self

    @property
    def scope(self) -> Scope:
        """What is shut, as bookings counts it."""
        return Scope(
            self.villages,
            self.venues,
            self.offerings,
            self.kinds,
            self.closed_from,
            self.closed_until,
        )


class OrderedClosure(Reply):
    """What would be touched, and the closure; null after a dry run.

    `impact` is null where an operator closes and nobody has counted within 1.5 s.
    """

    impact: Impact | None
    closure: ClosureView | None


@dataclass(frozen=True, slots=True)
class Entry:
    """A closure that may be entered: by whom, as which operator's or the office's, and when."""

    caller: Caller
    body: OrderClosure
    organisation_id: UUID | None
    impact: Impact | None
    now: datetime


FIND_ORGANISATION: Final = "select organisation_id from venues where venue_id = $1"

COUNT_VILLAGES: Final = "select count(*) from villages where village_id = any ($1::uuid[])"

COUNT_OFFERINGS: Final = """
select count(*) from offerings where offering_id = any ($1::uuid[]) and venue_id = $2
"""

INSERT: Final = """
insert into closures (
    closure_id, ordered_by, organisation_id, state, cause, orders, reason, village_ids, venue_ids,
    offering_ids, kinds, closed_from, closed_until, impact, entered_by, entered_at, decided_by,
    decided_at, over_at, event_version
)
select
    $1, case when $2::uuid is null then 'office' else 'operator' end, $2, $3, $4, $5, $6, $7, $8,
    $9, $10, $11, $12, $13, $14, $15,
    case when $3 = 'in_force' then $14::uuid end,
    case when $3 = 'in_force' then $15::timestamptz end,
    $12, case when $3 = 'in_force' then 1 else 0 end
"""


@route(
    "POST",
    "/v1/closures",
    access=may("closure.enter"),
    status=201,
    idempotent=True,
    errors=(NotAllowed, NotFound, Unavailable),
)
async def order_closure(
    request: web.Request, caller: Caller, body: OrderClosure, idempotency: Idempotency
) -> OrderedClosure:
    """Close an own venue at once, or propose to close an area to a second person.

    Whoever works for the one venue that is named closes it as its operator. All else is the
    office's to propose: it is in force when somebody else there has approved it, within a day.
    """
    app, now = request.app, request.app[CLOCK].now()
    if body.closed_until <= now:
        raise invalid("body", "/until", "closure_over_already")
    async with acquire(app[DATABASE]) as conn:
        organisation_id = await _check(conn, caller, body)
    impact = await _impact(app, body, is_needed=body.dry_run or organisation_id is None)
    if body.dry_run:
        return OrderedClosure(impact=impact, closure=None)
    async with transaction(app[DATABASE]) as conn:
        if earlier := await idempotency.earlier(conn, OrderedClosure):
            return earlier
        view = await _enter(conn, app, Entry(caller, body, organisation_id, impact, now))
        return await idempotency.keep(conn, OrderedClosure(impact=impact, closure=view))


async def _check(conn: Connection, caller: Caller, body: OrderClosure) -> UUID | None:
    """Return the operator whose closure it is; None for the office's.

    Raises NotFound for somebody else's venue, NotAllowed for an area that is not the caller's to
    close, ValidationFailed for what does not exist.
    """
    organisation_id = None
    if len(body.venues) == 1 and not body.villages:
        organisation_id = await conn.fetchval(FIND_ORGANISATION, body.venues[0])
        if organisation_id and not caller.may("closure.venue", organisation_id, body.venues[0]):
            organisation_id = None
    if organisation_id is None and not caller.may("closure.order"):
        raise NotFound if len(body.venues) == 1 and not body.villages else NotAllowed
    if await conn.fetchval(COUNT_VILLAGES, body.villages) < len(body.villages):
        raise invalid("body", "/villages", "unknown_village")
    if len(await find_villages(conn, body.venues)) < len(body.venues):
        raise invalid("body", "/venues", "unknown_venue")
    if body.offerings:
        known = await conn.fetchval(COUNT_OFFERINGS, body.offerings, body.venues[0])
        if known < len(body.offerings):
            raise invalid("body", "/offerings", "unknown_offering")
    return organisation_id


async def _impact(app: web.Application, body: OrderClosure, *, is_needed: bool) -> Impact | None:
    """Ask what would be touched. An operator who has to close is not kept waiting for figures."""
    seconds = SECONDS if is_needed else SECONDS_BEFORE_SHUTTING
    impact = await impact_if_known(app, body.scope, seconds)
    if impact is None and is_needed:
        raise Unavailable(headers={"Retry-After": "2"})
    return impact


async def _enter(conn: Connection, app: web.Application, entry: Entry) -> ClosureView:
    body, closure_id = entry.body, app[IDS].new()
    is_operators = entry.organisation_id is not None
    await conn.execute(
        INSERT,
        closure_id,
        entry.organisation_id,
        "in_force" if is_operators else "proposed",
        body.cause,
        body.orders,
        body.reason.model_dump(),
        body.villages,
        body.venues,
        body.offerings,
        body.kinds,
        body.closed_from,
        body.closed_until,
        entry.impact and entry.impact.model_dump(mode="json"),
        entry.caller.person,
        entry.now,
    )
    closure = await lock_closure(conn, closure_id)
    await record(conn, app, entry.caller, closure, "ordered" if is_operators else "proposed")
    if is_operators:
        await tell_ordered(conn, closure)
    return await closure_view(conn, closure_id, entry.now)
