"""What was sold both here and by another channel, and telling of it."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import Final
from uuid import UUID

from aiohttp import web
from pydantic import JsonValue

from services.venues.feeds.telling import note_no_conflict, tell_conflict
from services.venues.keys import BOOKINGS
from shared.core.errors import Unavailable
from shared.db import acquire, fetch_all, transaction
from shared.http.client import ProblemAnswer
from shared.http.keys import CLOCK, DATABASE
from shared.http.models import Reply

TAKEN_PATH: Final = "/v1/taken-places"
SECONDS: Final = 5.0
# Slots that bookings is asked about at once.
SLOTS_AT_ONCE: Final = 2_000


class FeedConflict(Reply):
    """A slot of which more units are sold than there are; `over` says how many too many.

    `taken` are the units of orders here, `blocked` those of other channels. With an option it is
    about the units of that option.
    """

    slot_id: UUID
    day: date
    starts_at: datetime
    ends_at: datetime
    option: str | None
    capacity: int
    taken: int
    blocked: int
    over: int


class TakenPlaces(Reply):
    """How many units of a slot orders have, by its option."""

    slot_id: UUID
    option: str
    taken: int


class TakenPlacesList(Reply):
    """What bookings answers; slots of which nothing is taken are not in it."""

    items: list[TakenPlaces]


@dataclass(frozen=True, slots=True)
class BlockedUnits:
    """How many units of a slot, or of one of its options, other channels have."""

    slot_id: UUID
    day: date
    starts_at: datetime
    ends_at: datetime
    option: str
    capacity: int
    blocked: int


# Each option of a slot is a row, or the slot where it has none. Slots that follow on $3, the first
# $4 of them.
BLOCKED: Final = """
with taken_elsewhere as (
    select slot_id, day, starts_at, ends_at, capacity, parts, blocked, blocked_parts
    from slots
    where
        offering_id = $1
        and ends_at > $2
        and (
            $3::uuid is null
            or starts_at > (select starts_at from slots where slot_id = $3 and offering_id = $1)
        )
        and (
            blocked > 0
            or blocked_parts ?| array(
                select listed ->> 'option' from jsonb_array_elements(parts) as listed
            )
        )
    order by starts_at
    limit $4
)
select
    s.slot_id,
    s.day,
    s.starts_at,
    s.ends_at,
    part.option,
    part.capacity,
    least(
        s.blocked + coalesce((s.blocked_parts ->> part.option)::integer, 0), part.capacity
    ) as blocked
from taken_elsewhere s
cross join lateral (
    select '' as option, s.capacity as capacity
    where s.parts = '[]'
    union all
    select listed ->> 'option', (listed -> 'capacity')::integer
    from jsonb_array_elements(s.parts) as listed
) as part
where s.blocked > 0 or s.blocked_parts ? part.option
order by s.starts_at, part.option
"""

# Those of some slots ($2) and options ($3) that a feed itself says are sold elsewhere.
TOUCHED: Final = """
select s.starts_at
from unnest($2::uuid[], $3::text[]) as sold_twice (slot_id, option)
join slots s using (slot_id)
join feeds f on f.feed_id = $1 and (f.option is null or f.option = sold_twice.option)
where exists (
    select from feed_busy_times b
    where
        b.feed_id = f.feed_id
        and (
            (b.first_day <= s.day and b.end_day > s.day)
            or (b.starts_at < s.ends_at and b.ends_at > s.starts_at)
        )
)
order by s.starts_at
"""


async def conflicts_of(
    app: web.Application, offering_id: UUID, after: UUID | None = None
) -> AsyncIterator[list[FeedConflict]]:
    """Yield the conflicts of each coming slot that has any, by time, those that follow on a slot.

    The caller is in no transaction: bookings is asked. Raises Unavailable.
    """
    now = app[CLOCK].now()
    read = SLOTS_AT_ONCE
    while read == SLOTS_AT_ONCE:
        async with acquire(app[DATABASE]) as conn:
            blocked = await fetch_all(
                conn, BlockedUnits, BLOCKED, offering_id, now, after, SLOTS_AT_ONCE
            )
        slots = [(slot_id, [*units]) for slot_id, units in groupby(blocked, lambda o: o.slot_id)]
        taken = await _taken(app, [slot_id for slot_id, _ in slots])
        for slot_id, units in slots:
            found = [_conflict(one, taken.get((slot_id, one.option), 0)) for one in units]
            if conflicts := [one for one in found if one.over > 0]:
                yield conflicts
        read = len(slots)
        after = slots[-1][0] if slots else None


async def look_for_conflicts(app: web.Application, feed_id: UUID, offering_id: UUID) -> None:
    """Tell of what a feed that was just read says is sold elsewhere, and is sold here too.

    The caller is in no transaction. Raises Unavailable.
    """
    found = [one async for of_slot in conflicts_of(app, offering_id) for one in of_slot]
    slot_ids, options = [one.slot_id for one in found], [one.option or "" for one in found]
    async with transaction(app[DATABASE]) as conn:
        rows = await conn.fetch(TOUCHED, feed_id, slot_ids, options)
        if rows:
            first = rows[0]["starts_at"]
            await tell_conflict(conn, feed_id, len(rows), first, app[CLOCK].now())
        else:
            await note_no_conflict(conn, feed_id)


async def _taken(app: web.Application, slot_ids: Sequence[UUID]) -> Mapping[tuple[UUID, str], int]:
    if not slot_ids:
        return {}
    body: dict[str, JsonValue] = {"slot_ids": [str(one) for one in sorted(slot_ids)]}
    try:
        answer = await app[BOOKINGS].post(TAKEN_PATH, TakenPlacesList, json=body, seconds=SECONDS)
    except ProblemAnswer as problem:
        raise Unavailable from problem
    return {(one.slot_id, one.option): one.taken for one in answer.items}


def _conflict(units: BlockedUnits, taken: int) -> FeedConflict:
    return FeedConflict(
        slot_id=units.slot_id,
        day=units.day,
        starts_at=units.starts_at,
        ends_at=units.ends_at,
        option=units.option or None,
        capacity=units.capacity,
        taken=taken,
        blocked=units.blocked,
        over=max(units.blocked + taken - units.capacity, 0) if taken else 0,
    )
