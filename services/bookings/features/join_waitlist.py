"""Join the waiting list: a party wants what is full, and says which dates it would take."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Final
from uuid import UUID

from aiohttp import web
from annotated_types import Len
from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from services.bookings.domain.lines import Choice, PlannedLine, WantedLine
from services.bookings.domain.party import MOST_NIGHTS, MOST_PERSONS_EVER, persons_in
from services.bookings.engine.planning import PLANNING_ERRORS, plan_lines
from services.bookings.errors import (
    AlreadyWaiting,
    NoRefundNotAccepted,
    PlacesLeft,
    TooManyWaitlistEntries,
)
from services.bookings.keys import CONTACT_SEALER
from services.bookings.line_requests import ContactRequest, Tickets
from services.bookings.views import seal_contact
from services.bookings.waiting.views import EntryView, load_entries
from services.bookings.waiting.waiting_list import MOST_ENTRIES, MOST_WISHES
from services.bookings.waiting.wishes import add_wishes, pools_of
from shared.contracts.terms import OptionCode
from shared.db import Connection, retry, transaction
from shared.http.access import Caller, may
from shared.http.idempotency import Idempotency
from shared.http.keys import CATALOGUE, DATABASE, IDS
from shared.http.models import Body, Day, Instant, Reply
from shared.http.route import route


class Wish(Body):
    """A date that the party would take; how to say when is that of an order's line."""

    starts_at: Instant | None = None
    first_day: Day | None = Field(None, alias="date")
    nights: Annotated[int, Field(ge=1, le=MOST_NIGHTS)] | None = None

    @model_validator(mode="after")
    def _one_way_to_say_when(self) -> "Wish":
        by_day = self.first_day is not None
        if by_day == (self.starts_at is not None) or (self.nights is not None and not by_day):
            raise PydanticCustomError("line_time", "Give starts_at, or date (and nights)")
        return self


class JoinWaitlist(Body):
    """A party and the dates that it would take, best liked first.

    `keep_waiting` says that it goes on waiting, at its old place in line, after an offer that it
    did not take. What can't be refunded needs `accepts_no_refund`.
    """

    offering_id: UUID
    option: OptionCode | None = None
    tickets: Tickets
    wishes: Annotated[list[Wish], Len(1, MOST_WISHES)]
    contact: ContactRequest
    keep_waiting: bool = False
    accepts_no_refund: bool = False

    @model_validator(mode="after")
    def _makes_sense(self) -> "JoinWaitlist":
        if persons_in(self.tickets) > MOST_PERSONS_EVER:
            raise PydanticCustomError("party_too_large", "The party is too large")
        times = {(wish.starts_at, wish.first_day, wish.nights) for wish in self.wishes}
        if len(times) < len(self.wishes):
            raise PydanticCustomError("wish_repeated", "A wish stands there twice")
        return self


class JoinedEntry(Reply):
    """What is kept of an answer for its repeats: the entry, and no personal data."""

    entry_id: UUID


# One request of an account at a time counts what it waits for.
LOCK_ACCOUNT: Final = """
select pg_advisory_xact_lock(hashtextextended('bookings.waitlist ' || $1, 0))
"""

COUNT_ENTRIES: Final = """
select count(*) from waitlist_entries where account_id = $1 and ended_at is null
"""

# The first of the wishes ($3 and $4) that the account has in another entry already.
FIND_REPEATED: Final = """
select wish.number - 1
from unnest($3::timestamptz[], $4::smallint[]) with ordinality as wish (begins_at, nights, number)
join waitlist_wishes as standing
    on standing.account_id = $1
    and standing.offering_id = $2
    and standing.begins_at = wish.begins_at
    and standing.nights is not distinct from wish.nights
    and standing.registered
order by wish.number
limit 1
"""

# From here on nobody gives back or takes places in them, so that nothing comes free unseen.
LOCK_POOLS: Final = """
select id, places_left(pools) as places_left
from pools
where id = any ($1::bigint[])
order by id
for no key update
"""

INSERT_ENTRY: Final = """
insert into waitlist_entries (
    entry_id, account_id, offering_id, tickets, option, persons, contact_sealed, keep_waiting,
    accepts_no_refund
)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
"""


@route(
    "POST",
    "/v1/waitlist-entries",
    access=may("order.place"),
    status=201,
    idempotent=True,
    errors=(
        *PLANNING_ERRORS,
        AlreadyWaiting,
        NoRefundNotAccepted,
        PlacesLeft,
        TooManyWaitlistEntries,
    ),
)
async def join_waitlist(
    request: web.Request, caller: Caller, body: JoinWaitlist, idempotency: Idempotency
) -> EntryView:
    """Join the waiting list for dates that are full for the whole party.

    The first party in line that fits is offered places, which are held for it by an order that it
    can pay. What still has room can be booked, and is refused here. In what is refused, `line` and
    `wish` are the position of the wish, from 0.
    """
    app = request.app

    async def unit() -> EntryView:
        async with transaction(app[DATABASE]) as conn:
            earlier = await idempotency.earlier(conn, JoinedEntry)
            if earlier is None:
                entry_id = await _join(app, conn, caller.person, body)
                earlier = await idempotency.keep(conn, JoinedEntry(entry_id=entry_id))
            entry_ids = [earlier.entry_id]
            [view] = await load_entries(conn, app[CONTACT_SEALER], app[CATALOGUE], entry_ids)
            return view

    return await retry(unit)


async def _join(
    app: web.Application, conn: Connection, account_id: UUID, body: JoinWaitlist
) -> UUID:
    await conn.execute(LOCK_ACCOUNT, str(account_id))
    if await conn.fetchval(COUNT_ENTRIES, account_id) >= MOST_ENTRIES:
        raise TooManyWaitlistEntries(most=MOST_ENTRIES)
    wanted = [_wanted(body, wish) for wish in body.wishes]
    planned = await plan_lines(conn, wanted)
    if planned[0].offered.terms.refunds.non_refundable and not body.accepts_no_refund:
        raise NoRefundNotAccepted
    await _refuse_repeated(conn, account_id, body, planned)
    await _refuse_what_has_room(conn, planned)
    entry_id = app[IDS].new()
    await conn.execute(
        INSERT_ENTRY,
        entry_id,
        account_id,
        body.offering_id,
        body.tickets,
        body.option,
        persons_in(body.tickets),
        seal_contact(body.contact.as_sealed(), app[CONTACT_SEALER]),
        body.keep_waiting,
        body.accepts_no_refund,
    )
    await add_wishes(conn, entry_id, account_id, list(zip(wanted, planned, strict=True)))
    return entry_id


def _wanted(body: JoinWaitlist, wish: Wish) -> WantedLine:
    return WantedLine(
        body.offering_id, wish.starts_at, wish.first_day, wish.nights, body.option, body.tickets
    )


async def _refuse_repeated(
    conn: Connection, account_id: UUID, body: JoinWaitlist, planned: Sequence[PlannedLine]
) -> None:
    begin, nights = [plan.starts_at for plan in planned], [wish.nights for wish in body.wishes]
    times = list(zip(begin, nights, strict=True))
    repeated = await conn.fetchval(FIND_REPEATED, account_id, body.offering_id, begin, nights)
    if repeated is None and len(set(times)) < len(times):
        # The same slot twice, once by its day and once by its beginning.
        repeated = next(place for place, time in enumerate(times) if time in times[:place])
    if repeated is not None:
        raise AlreadyWaiting(wish=repeated, day=planned[repeated].day.isoformat())


async def _refuse_what_has_room(conn: Connection, planned: Sequence[PlannedLine]) -> None:
    """Lock the pools of all wishes, and refuse a wish that could be booked now."""
    rows = await conn.fetch(
        LOCK_POOLS, sorted({pool for plan in planned for pool in pools_of(plan)})
    )
    left = {row["id"]: row["places_left"] for row in rows}
    for position, plan in enumerate(planned):
        if any(_has_room(choice, left) for choice in plan.choices):
            raise PlacesLeft(wish=position, day=plan.day.isoformat())


def _has_room(choice: Choice, left: Mapping[int, int]) -> bool:
    return all(left[claim.pool_id] >= claim.quantity for claim in choice.claims)
