"""What a party wishes for, as it is kept: the pools that it waits for, and how much of each.

A wish is planned when its party joins, and anew when its offering or its slots have changed: a
larger table or another length of a seating changes what the party needs.
"""

from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Final
from uuid import UUID

from services.bookings.domain.lines import PlannedLine, WantedLine
from services.bookings.engine.locking import lock_pools
from shared.db import Connection

INSERT_WISHES: Final = """
with joined as (
    insert into waitlist_wishes (
        entry_id, position, account_id, offering_id, starts_at, first_day, nights, begins_at,
        bookable_until, edition, slot_ids, slots_version, choices, most_places, own_pools, pool_ids
    )
    select
        $1, wish.position, $2, wish.offering_id, wish.starts_at, wish.first_day, wish.nights,
        wish.begins_at,
        (select min(sold_until) from slots where slot_id = any (wish.slot_ids)),
        wish.edition, wish.slot_ids, wish.slots_version, wish.choices, wish.most_places,
        wish.own_pools, wish.pool_ids
    from jsonb_to_recordset($3::jsonb) as wish (
        position smallint, offering_id uuid, starts_at timestamptz, first_day date,
        nights smallint, begins_at timestamptz, edition integer, slot_ids uuid[],
        slots_version bigint, choices jsonb, most_places integer, own_pools bigint[],
        pool_ids bigint[]
    )
    returning pool_ids
)
select change_waiters(array_agg(pool_id), 1) from joined, unnest(joined.pool_ids) as pool_id
"""

READ_POOLS: Final = """
select position, pool_ids
from waitlist_wishes
where entry_id = $1 and position = any ($2::smallint[]) and registered
"""

COUNT: Final = "select change_waiters($1::bigint[], $2)"

REPLAN: Final = """
update waitlist_wishes
set
    begins_at = wish.begins_at,
    bookable_until = (select min(sold_until) from slots where slot_id = any (wish.slot_ids)),
    edition = wish.edition,
    slot_ids = wish.slot_ids,
    slots_version = wish.slots_version,
    choices = wish.choices,
    most_places = wish.most_places,
    own_pools = wish.own_pools,
    pool_ids = wish.pool_ids
from jsonb_to_record($2::jsonb) as wish (
    position smallint, begins_at timestamptz, edition integer, slot_ids uuid[],
    slots_version bigint, choices jsonb, most_places integer, own_pools bigint[],
    pool_ids bigint[]
)
where waitlist_wishes.entry_id = $1 and waitlist_wishes.position = wish.position
"""


def pools_of(plan: PlannedLine) -> set[int]:
    """Return the pools of all choices of a planned line."""
    return {claim.pool_id for choice in plan.choices for claim in choice.claims}


async def add_wishes(
    conn: Connection,
    entry_id: UUID,
    account_id: UUID,
    wishes: Sequence[tuple[WantedLine, PlannedLine]],
) -> None:
    """Keep the wishes of a new entry, as they were planned, and count them in their pools."""
    rows = [_row(position, *wish) for position, wish in enumerate(wishes)]
    await conn.execute(INSERT_WISHES, entry_id, account_id, rows)


async def replan_wishes_of(
    conn: Connection, entry_id: UUID, planned: Mapping[int, tuple[WantedLine, PlannedLine]]
) -> None:
    """Keep what wishes mean today, by their position, and count them in other pools.

    The entry's lock is held. All pools are locked before any count changes.
    """
    rows = await conn.fetch(READ_POOLS, entry_id, list(planned))
    before = {row["position"]: row["pool_ids"] for row in rows}
    after = {position: pools_of(planned[position][1]) for position in before}
    await lock_pools(conn, chain(*before.values(), *after.values()))
    for position, pools in after.items():
        await conn.execute(COUNT, sorted(pools), 1)
        await conn.execute(COUNT, before[position], -1)
        await conn.execute(REPLAN, entry_id, _row(position, *planned[position]))


def _row(position: int, wanted: WantedLine, plan: PlannedLine) -> dict[str, object]:
    pools = pools_of(plan)
    return {
        "position": position,
        "offering_id": wanted.offering_id,
        "starts_at": wanted.starts_at,
        "first_day": wanted.first_day,
        "nights": wanted.nights,
        "begins_at": plan.starts_at,
        "edition": plan.offered.version,
        "slot_ids": [slot.slot_id for slot in plan.slots],
        "slots_version": sum(slot.version for slot in plan.slots),
        "choices": [
            {claim.pool_id: claim.quantity for claim in choice.claims} for choice in plan.choices
        ],
        "most_places": max(claim.quantity for choice in plan.choices for claim in choice.claims),
        "own_pools": sorted(pools & plan.own_pools),
        "pool_ids": sorted(pools),
    }
