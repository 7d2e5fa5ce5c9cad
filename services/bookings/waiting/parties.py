"""The parties of a round of the waiting list, what they wish, and the pools of that."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from operator import attrgetter
from typing import Final, Literal
from uuid import UUID

from services.bookings.domain.claims import Claim
from services.bookings.domain.lines import WantedLine
from services.bookings.domain.party import TicketType
from services.bookings.waiting.waiting_list import SkipReason, lock_entries
from shared.db import Connection, fetch_all

# A wish that can be booked for less than a minute more is past offering.
LOAD_WISHES: Final = """
select
    entry.entry_id, entry.account_id, entry.state, entry.tickets, entry.option,
    entry.contact_sealed, entry.accepts_no_refund, wish.position, wish.offering_id,
    wish.starts_at, wish.first_day, wish.nights, wish.choices,
    floor(extract(epoch from wish.bookable_until - now()) / 60)::integer as minutes_left,
    exists (
        select 1
        from waitlist_refusals as refused
        where refused.entry_id = entry.entry_id and refused.own_pools && wish.own_pools
    ) as refused_lately
from waitlist_entries as entry
join waitlist_wishes as wish using (entry_id)
where entry.entry_id = any ($1::uuid[])
    and wish.registered
    and wish.bookable_until > now() + interval '1 minute'
order by entry.place, wish.position
"""

LOCK_POOLS: Final = """
select
    id, case when closed then 0 else greatest(capacity - taken, 0) end as room,
    places_left(pools) as open,
    greatest(capacity - taken - held_back, 0) as before
from pools
where id = any ($1::bigint[])
order by id
for no key update
"""

KEEP_SKIPS: Final = """
insert into waitlist_skips (entry_id, position, reason, places_free, places_needed)
select entry_id, position, reason, places_free, places_needed
from unnest($1::uuid[], $2::smallint[], $3::text[], $4::integer[], $5::integer[])
    as skip (entry_id, position, reason, places_free, places_needed)
on conflict on constraint waitlist_skips_one_row_per_reason do update
set last_at = now(), times = waitlist_skips.times + 1
"""


@dataclass(frozen=True, slots=True)
class Wish:
    """A date that a party would take, with the ways to seat or lodge it, as they were planned."""

    entry_id: UUID
    position: int
    starts_at: datetime | None
    first_day: date | None
    nights: int | None
    choices: tuple[tuple[Claim, ...], ...]
    minutes_left: int
    refused_lately: bool

    @property
    def pools(self) -> set[int]:
        """The pools of all of its choices."""
        return {claim.pool_id for choice in self.choices for claim in choice}


@dataclass(frozen=True, slots=True)
class Party:
    """An entry that waits, or holds an offer, with its wishes in the order of its liking."""

    entry_id: UUID
    account_id: UUID
    offering_id: UUID
    state: Literal["waiting", "offered"]
    tickets: Mapping[TicketType, int]
    option: str | None
    contact_sealed: bytes
    accepts_no_refund: bool
    wishes: tuple[Wish, ...]

    def wanted(self, wish: Wish) -> WantedLine:
        """Return a wish as the line of an order."""
        return WantedLine(
            self.offering_id,
            wish.starts_at,
            wish.first_day,
            wish.nights,
            self.option,
            self.tickets,
        )


@dataclass(frozen=True, slots=True)
class Skip:
    """Why a party was passed over for one of its wishes."""

    entry_id: UUID
    position: int
    reason: SkipReason
    places_free: int | None = None
    places_needed: int | None = None


@dataclass(frozen=True, slots=True)
class Rooms:
    """What locked pools can take: `free` of it now, `before` as long as nothing had come free.

    `came` are the pools in which something came free.
    """

    free: dict[int, int]
    before: Mapping[int, int]
    came: frozenset[int]

    def fits(self, choice: Iterable[Claim]) -> bool:
        """Tell whether all claims of a choice have room."""
        return all(self.free.get(claim.pool_id, 0) >= claim.quantity for claim in choice)

    def concerns(self, wish: Wish) -> bool:
        """Tell whether something came free that the wish was short of."""
        return any(
            claim.pool_id in self.came
            and self.before[claim.pool_id] < claim.quantity
            and self.before[claim.pool_id] < self.free[claim.pool_id]
            for choice in wish.choices
            for claim in choice
        )

    def shortage(self, wish: Wish) -> Claim:
        """Return the claim that is shortest of room, of the choice that is the least short."""
        shortest = [max(choice, key=self._missing) for choice in wish.choices]
        return min(shortest, key=self._missing)

    def take(self, claims: Iterable[Claim]) -> None:
        """Note that places were taken."""
        for claim in claims:
            self.free[claim.pool_id] -= claim.quantity

    def _missing(self, claim: Claim) -> int:
        return claim.quantity - self.free.get(claim.pool_id, 0)


@dataclass(frozen=True, slots=True)
class WishRow:
    """A wish as it is stored, together with its entry."""

    entry_id: UUID
    account_id: UUID
    state: Literal["waiting", "offered"]
    tickets: dict[TicketType, int]
    option: str | None
    contact_sealed: bytes
    accepts_no_refund: bool
    position: int
    offering_id: UUID
    starts_at: datetime | None
    first_day: date | None
    nights: int | None
    choices: list[dict[str, int]]
    minutes_left: int
    refused_lately: bool


async def lock_parties(conn: Connection, entry_ids: Collection[UUID]) -> list[Party]:
    """Lock those of the entries that are not over, and return them in line."""
    locked = await lock_entries(conn, entry_ids)
    rows = await fetch_all(conn, WishRow, LOAD_WISHES, locked)
    return [_party(list(group)) for _, group in groupby(rows, key=attrgetter("entry_id"))]


async def lock_rooms(conn: Connection, came: Collection[int], parties: Iterable[Party]) -> Rooms:
    """Lock the pools of the parties' wishes, and those in which something came free."""
    wished = {pool for party in parties for wish in party.wishes for pool in wish.pools}
    rows = await conn.fetch(LOCK_POOLS, sorted(wished.union(came)))
    return Rooms(
        free={row["id"]: row["room" if row["id"] in came else "open"] for row in rows},
        before={row["id"]: row["before"] for row in rows},
        came=frozenset(came),
    )


async def keep_skips(conn: Connection, skips: Sequence[Skip]) -> None:
    """Keep why parties were passed over; the same reason again is counted."""
    await conn.execute(
        KEEP_SKIPS,
        [skip.entry_id for skip in skips],
        [skip.position for skip in skips],
        [skip.reason for skip in skips],
        [skip.places_free for skip in skips],
        [skip.places_needed for skip in skips],
    )


def _party(rows: Sequence[WishRow]) -> Party:
    first = rows[0]
    return Party(
        entry_id=first.entry_id,
        account_id=first.account_id,
        offering_id=first.offering_id,
        state=first.state,
        tickets=first.tickets,
        option=first.option,
        contact_sealed=first.contact_sealed,
        accepts_no_refund=first.accepts_no_refund,
        wishes=tuple(_wish(row) for row in rows),
    )


def _wish(row: WishRow) -> Wish:
    return Wish(
        entry_id=row.entry_id,
        position=row.position,
        starts_at=row.starts_at,
        first_day=row.first_day,
        nights=row.nights,
        choices=tuple(
            tuple(Claim(int(pool_id), places) for pool_id, places in choice.items())
            for choice in row.choices
        ),
        minutes_left=row.minutes_left,
        refused_lately=row.refused_lately,
    )
