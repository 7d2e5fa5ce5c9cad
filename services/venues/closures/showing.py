"""What visitors see of closures: what is shut, until when, and why."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from services.venues.domain.closing import Area, Part, shut_until
from shared.contracts.terms import OfferingKind
from shared.contracts.venues import ClosureCause
from shared.core.localized import LocalizedText
from shared.db import Connection, fetch_all
from shared.http.models import Reply


class ClosedRange(Reply):
    """A time in which something of a venue is shut: the kinds, and of these only the offerings.

    `offering_ids` is empty where all offerings of the kinds are.
    """

    closure_id: UUID
    kinds: tuple[OfferingKind, ...]
    offering_ids: tuple[UUID, ...]
    closed_from: datetime
    closed_until: datetime
    cause: ClosureCause
    reason: LocalizedText


# What is in force at venues ($1), or in force at all where none are given, and not over at $2.
FIND: Final = """
select
    c.closure_id,
    c.village_ids,
    c.venue_ids,
    c.offering_ids,
    c.kinds,
    c.closed_from,
    c.closed_until,
    c.cause,
    c.reason,
    coalesce(
        (
            select
                jsonb_agg(
                    jsonb_build_object(
                        'villages', r.village_ids,
                        'venues', r.venue_ids,
                        'kinds', r.kinds,
                        'open_from', r.open_from
                    )
                    order by r.number
                )
            from closure_reopenings r
            where r.closure_id = c.closure_id
        ),
        '[]'
    ) as parts
from closures c
where
    c.state = 'in_force'
    and c.over_at > $2
    and (
        $1::uuid[] is null
        or c.venue_ids && $1
        or exists (
            select from venues v where v.venue_id = any($1) and v.village_id = any(c.village_ids)
        )
    )
order by c.closed_from, c.closure_id
"""


@dataclass(frozen=True, slots=True)
class ClosureInForce:
    """A closure that is in force, with what of it is open again."""

    closure_id: UUID
    village_ids: list[UUID]
    venue_ids: list[UUID]
    offering_ids: list[UUID]
    kinds: list[OfferingKind]
    closed_from: datetime
    closed_until: datetime
    cause: ClosureCause
    reason: LocalizedText
    parts: list[Part]

    def names(self, village_id: UUID, venue_id: UUID) -> bool:
        """Tell whether it is about a venue."""
        return village_id in self.village_ids or venue_id in self.venue_ids

    def area(self, village_id: UUID, venue_id: UUID) -> Area:
        """Return what it names, as far as one venue is concerned."""
        return Area(
            villages=frozenset(self.village_ids),
            venues={venue_id: village_id},
            kinds=frozenset(self.kinds),
            closed_from=self.closed_from,
            closed_until=self.closed_until,
        )


async def find_in_force(
    conn: Connection, venue_ids: Sequence[UUID] | None, now: datetime
) -> list[ClosureInForce]:
    """Return the closures that shut something of the venues, or of anything, now or later."""
    return await fetch_all(conn, ClosureInForce, FIND, venue_ids, now)


async def closed_ranges(
    conn: Connection, villages_of: Mapping[UUID, UUID], now: datetime
) -> dict[UUID, list[ClosedRange]]:
    """Return what of each venue is shut, now or later; `villages_of` says where they lie."""
    closures = await find_in_force(conn, list(villages_of), now)
    return {
        venue_id: [
            closed
            for closure in closures
            if closure.names(village_id, venue_id)
            for closed in _ranges(closure, village_id, venue_id, now)
        ]
        for venue_id, village_id in villages_of.items()
    }


def _ranges(
    closure: ClosureInForce, village_id: UUID, venue_id: UUID, now: datetime
) -> Iterable[ClosedRange]:
    """Return the ranges of one closure: kinds that are shut for as long are together."""
    area = closure.area(village_id, venue_id)
    ends: dict[datetime, list[OfferingKind]] = defaultdict(list)
    for kind in sorted(area.all_kinds):
        ends[shut_until(area, closure.parts, village_id, venue_id, kind)].append(kind)
    return [
        ClosedRange(
            closure_id=closure.closure_id,
            kinds=tuple(kinds),
            offering_ids=tuple(closure.offering_ids),
            closed_from=closure.closed_from,
            closed_until=until,
            cause=closure.cause,
            reason=closure.reason,
        )
        for until, kinds in sorted(ends.items())
        if until > max(now, closure.closed_from)
    ]
