"""Rounds of the waiting list: what came free is offered in line (docs/domain.md rule 10).

A round is one transaction. It locks the parties that what came free concerns, then the pools, and
goes down the line. Until it commits, what came free is kept from the public; what nobody in line
takes is theirs afterwards.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Final, TypeVar
from uuid import UUID

import structlog
from aiohttp import web

from services.bookings.domain.claims import Claim
from services.bookings.domain.waiting import WaitingParty, whose_turn
from services.bookings.engine.touched import note_after_commit
from services.bookings.waiting.offers import AccountIsBusy, offer
from services.bookings.waiting.parties import (
    Party,
    Rooms,
    Skip,
    Wish,
    keep_skips,
    lock_parties,
    lock_rooms,
)
from shared.db import Connection, retry, transaction
from shared.http.keys import DATABASE

T = TypeVar("T")

# So that a large release does not keep its pools locked for long: the next round goes on.
MOST_OFFERS: Final = 20
# So many of those who fit are looked at together.
PAGE: Final = 200
TRIES: Final = 20
PAUSE: Final = 0.05

# One round at a time, in whichever process.
LOCK_ROUND: Final = "select pg_advisory_xact_lock(hashtext('bookings.waitlist.round'))"

FIND_CAME_FREE: Final = "select id from pools where held_back > 0"

# Whose wish takes more of a pool than there was before something came free in it.
FIND_CONCERNED: Final = """
select distinct wish.entry_id
from pools
join waitlist_wishes as wish
    on wish.pool_ids @> array[pools.id]
    and wish.registered
    and wish.most_places > greatest(pools.capacity - pools.taken - pools.held_back, 0)
where pools.id = any ($1::bigint[])
"""

# Who waits though a wish of theirs could be booked. Each takes places of a slot, and of most slots
# that somebody waits for there are none.
FIND_FITTING: Final = """
select distinct entry.place, entry.entry_id
from pools as own
join waitlist_wishes as wish on wish.own_pools @> array[own.id] and wish.registered
join waitlist_entries as entry using (entry_id)
join offerings on offerings.offering_id = wish.offering_id and offerings.on_sale
join venues on venues.venue_id = offerings.venue_id and venues.on_sale
cross join jsonb_array_elements(wish.choices) as choice
where own.scope = 'slot'
    and own.waiters > 0
    and places_left(own) > 0
    and entry.state = 'waiting'
    and entry.place > $1
    and wish.bookable_until > now() + interval '1 minute'
    and not exists (
        select 1
        from jsonb_each_text(choice) as claim (pool_id, places)
        join pools on pools.id = claim.pool_id::bigint
        where places_left(pools) < claim.places::integer
    )
    and not exists (
        select 1
        from waitlist_refusals as refused
        where refused.entry_id = entry.entry_id and refused.own_pools && wish.own_pools
    )
    -- What was tried just now is not tried all the time.
    and not exists (
        select 1
        from waitlist_skips as tried
        where tried.entry_id = wish.entry_id
            and tried.position = wish.position
            and tried.reason in ('too_many_for_account', 'not_bookable')
            and tried.last_at > now() - interval '1 minute'
    )
order by entry.place
limit $2
"""

GIVE_TO_THE_PUBLIC: Final = """
update pools set held_back = 0 where id = any ($1::bigint[]) and held_back > 0
"""

HOLD_BACK_AGAIN: Final = """
update pools
set held_back = rest.places, held_back_until = now() + interval '20 seconds'
from unnest($1::bigint[], $2::integer[]) as rest (id, places)
where pools.id = rest.id
"""

_log: Final = structlog.get_logger()


class LineGrew(Exception):
    """Somebody joined while the round was waiting for its locks: it has to begin again."""


async def offer_what_came_free(app: web.Application) -> bool:
    """Offer what came free since the last round; tell whether there may be more to offer."""
    # Without an end, what came free is held back a little longer; the next pass tries again.
    return await _again(lambda: _offer_what_came_free(app)) or False


async def offer_what_fits(app: web.Application, after: int = 0) -> int | None:
    """Offer what could be booked to those who wait for it behind a place in line.

    For what came free in another way than by a release: what is on sale again, or was not offered
    to somebody because of a refusal that is a day old. Returns behind which place there may be
    more to offer, or None.
    """
    return await _again(lambda: _offer_what_fits(app, after))


async def _again(unit: Callable[[], Awaitable[T]]) -> T | None:
    for _ in range(TRIES):
        try:
            return await retry(unit)
        except (AccountIsBusy, LineGrew) as error:
            _log.info("waitlist.round_again", reason=type(error).__name__)
        await asyncio.sleep(PAUSE)
    return None


async def _offer_what_came_free(app: web.Application) -> bool:
    async with transaction(app[DATABASE]) as conn:
        await conn.execute(LOCK_ROUND)
        came = [row["id"] for row in await conn.fetch(FIND_CAME_FREE)]
        if not came:
            return False
        entry_ids = await _concerned(conn, came)
        parties = await lock_parties(conn, entry_ids)
        rooms = await lock_rooms(conn, came, parties)
        # Joining locks the pools too: from here on the line does not grow.
        if not await _concerned(conn, came) <= entry_ids:
            raise LineGrew
        await conn.execute(GIVE_TO_THE_PUBLIC, came)
        is_done = await _go_down_the_line(app, conn, parties, rooms)
        if not is_done:
            rest = [max(rooms.free[pool] - rooms.before[pool], 0) for pool in came]
            await conn.execute(HOLD_BACK_AGAIN, came, rest)
        note_after_commit(conn, came)
        return not is_done


async def _offer_what_fits(app: web.Application, after: int) -> int | None:
    async with transaction(app[DATABASE]) as conn:
        await conn.execute(LOCK_ROUND)
        rows = await conn.fetch(FIND_FITTING, after, PAGE)
        if not rows:
            return None
        parties = await lock_parties(conn, [row["entry_id"] for row in rows])
        rooms = await lock_rooms(conn, (), parties)
        if not await _go_down_the_line(app, conn, parties, rooms):
            return after
        return rows[-1]["place"] if len(rows) == PAGE else None


async def _concerned(conn: Connection, came: Sequence[int]) -> set[UUID]:
    return {row["entry_id"] for row in await conn.fetch(FIND_CONCERNED, came)}


async def _go_down_the_line(
    app: web.Application, conn: Connection, parties: Sequence[Party], rooms: Rooms
) -> bool:
    """Offer places to who fits, first come first served; tell whether the end was reached.

    Whoever is passed over finds a reason for each wish of which something was there.
    """
    hopes = _hopes(parties, rooms)
    line, skips, offers = list(parties), dict[tuple[UUID, int], Skip](), 0
    while line and offers < MOST_OFFERS:
        turn = whose_turn([_waiting(party) for party in line], rooms.free)
        passed = line[: len(turn.skipped)]
        line = line[len(passed) :]
        for skip in (_skip(party, wish, rooms) for party in passed for wish in party.wishes):
            if (skip.entry_id, skip.position) in hopes:
                skips.setdefault((skip.entry_id, skip.position), skip)
        if turn.wish is None:
            continue
        party = line.pop(0)
        wish = _ways(party)[turn.wish][0]
        reason = await offer(app, conn, party, wish, rooms)
        if reason is None:
            offers += 1
            continue
        skips[wish.entry_id, wish.position] = Skip(wish.entry_id, wish.position, reason)
        others = tuple(one for one in party.wishes if one is not wish)
        line.insert(0, replace(party, wishes=others))
    await keep_skips(conn, list(skips.values()))
    return not line


def _hopes(parties: Sequence[Party], rooms: Rooms) -> set[tuple[UUID, int]]:
    """Return the wishes that something came free for, or that could be served as they are."""
    return {
        (wish.entry_id, wish.position)
        for party in parties
        for wish in party.wishes
        if rooms.concerns(wish) or any(map(rooms.fits, wish.choices))
    }


def _ways(party: Party) -> list[tuple[Wish, tuple[Claim, ...]]]:
    """Return each way to serve a party, best liked first, with the wish that it is of."""
    return [
        (wish, choice)
        for wish in party.wishes
        if not wish.refused_lately
        for choice in wish.choices
    ]


def _waiting(party: Party) -> WaitingParty:
    ways = tuple(choice for _, choice in _ways(party))
    return WaitingParty(party.entry_id, ways, party.state == "offered")


def _skip(party: Party, wish: Wish, rooms: Rooms) -> Skip:
    """Return why a party that was passed over was not served with one of its wishes."""
    if party.state == "offered":
        return Skip(party.entry_id, wish.position, "already_holds_offer")
    if wish.refused_lately:
        return Skip(party.entry_id, wish.position, "refused_lately")
    short = rooms.shortage(wish)
    return Skip(
        party.entry_id,
        wish.position,
        "party_larger_than_free",
        rooms.free.get(short.pool_id, 0),
        short.quantity,
    )
