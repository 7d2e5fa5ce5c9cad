"""The life of an entry of the waiting list: who may act on it, and how it ends.

Locks are taken in this order: entries by their place in line, then orders, then pools.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final, Literal
from uuid import UUID

from services.bookings.changes.cancelling import decide, read_standing
from services.bookings.changes.leaving import Cancellation, carry_out
from services.bookings.engine.locking import lock_pools
from services.bookings.orders import lock_own_order
from shared.contracts.bookings import WaitlistEnded
from shared.core.errors import NotFound
from shared.db import Connection, fetch_all, fetch_one
from shared.http.access import Caller
from shared.messaging import outbox
from shared.messaging.outbox import Telling

# An account waits for this much at once, and each entry for this many dates.
MOST_ENTRIES: Final = 5
MOST_WISHES: Final = 10

EntryState = Literal["waiting", "offered", "taken", "withdrawn", "refused", "lapsed", "too_late"]
EndState = Literal["taken", "withdrawn", "refused", "lapsed", "too_late"]
Outcome = Literal["taken", "refused", "lapsed", "called_off"]
SkipReason = Literal[
    "party_larger_than_free",
    "already_holds_offer",
    "refused_lately",
    "too_many_for_account",
    "not_bookable",
]

LOCK_OWN: Final = """
select 1 from waitlist_entries where entry_id = $1 and account_id = $2 for update
"""

# In line, and so in the same order wherever several are locked.
LOCK_ENTRIES: Final = """
select entry_id
from waitlist_entries
where entry_id = any ($1::uuid[]) and ended_at is null
order by place
for update
"""

FIND_OWNER: Final = "select account_id from waitlist_entries where entry_id = $1"

READ_STANDING: Final = """
select state, order_id, keep_waiting from waitlist_entries where entry_id = $1
"""

# What giving up an offer may touch: the pools of its order, and of all that the entry wishes for.
FIND_POOLS: Final = """
select unnest(pool_ids) as pool_id from order_lines where order_id = $2
union
select unnest(pool_ids) from waitlist_wishes where entry_id = $1 and registered
"""

UNREGISTER: Final = """
with gone as (
    update waitlist_wishes
    set registered = false
    where entry_id = any ($1::uuid[]) and registered
    returning pool_ids
)
select change_waiters(array_agg(pool_id), -1) from gone, unnest(gone.pool_ids) as pool_id
"""

END: Final = """
update waitlist_entries
set
    state = $2,
    order_id = case when $2 = 'taken' then order_id end,
    contact_sealed = null,
    ended_at = now(),
    version = version + 1
where entry_id = any ($1::uuid[])
returning entry_id, account_id, version
"""

# An order that was confirmed once was taken, whatever its visitor did with it afterwards. What
# others cancelled, or was shut when it ran out, the party has neither refused nor let go by.
READ_OUTCOME: Final = """
select
    case
        when confirmed_at is not null then 'taken'
        when state <> 'held' and (
            exists (
                select 1
                from line_cancellations as cancelled
                where cancelled.order_id = orders.order_id and cancelled.cause <> 'visitor'
            )
            or state <> 'cancelled' and exists (
                select 1
                from order_lines as line
                join pools on pools.id = any (line.pool_ids)
                where line.order_id = orders.order_id and pools.closed
            )
        ) then 'called_off'
        when state = 'cancelled' then 'refused'
        when state <> 'held' then 'lapsed'
    end
from orders
where order_id = $1
"""

DECIDE: Final = """
update waitlist_offers set outcome = $2, decided_at = now() where order_id = $1
"""

# Back in line at the old place. Where no wish is left, it has nothing to wait for.
WAIT_ON: Final = """
update waitlist_entries
set state = 'waiting', order_id = null
where entry_id = $1 and exists (
    select 1 from waitlist_wishes where waitlist_wishes.entry_id = $1 and registered
)
returning entry_id
"""


@dataclass(frozen=True, slots=True)
class Standing:
    """What decides what can still be done about an entry."""

    state: EntryState
    order_id: UUID | None
    keep_waiting: bool


@dataclass(frozen=True, slots=True)
class Ended:
    """An entry that is over, with the version that this has."""

    entry_id: UUID
    account_id: UUID
    version: int


async def check_seen_by(conn: Connection, entry_id: UUID, caller: Caller) -> None:
    """Raise NotFound unless the entry is the caller's, or the caller is a service."""
    owner = await conn.fetchval(FIND_OWNER, entry_id)
    if owner is None or (caller.service is None and owner != caller.account_id):
        raise NotFound


async def lock_entries(conn: Connection, entry_ids: Collection[UUID]) -> list[UUID]:
    """Lock those of the entries that are not over, and return them in line."""
    return [row["entry_id"] for row in await conn.fetch(LOCK_ENTRIES, entry_ids)]


async def lock_own_entry(conn: Connection, entry_id: UUID, account_id: UUID) -> Standing:
    """Lock an entry of this visitor until the transaction ends, and return how it stands.

    Raises NotFound, also where the entry is somebody else's.
    """
    if not await conn.fetchval(LOCK_OWN, entry_id, account_id):
        raise NotFound
    # A statement of its own: it sees what the lock's last holder committed.
    return await fetch_one(conn, Standing, READ_STANDING, entry_id)


async def end_entries(conn: Connection, entry_ids: Sequence[UUID], state: EndState) -> None:
    """End entries, take their wishes out of the pools' counts, and tell of it.

    The caller holds the entries' locks.
    """
    if not entry_ids:
        return
    await conn.execute(UNREGISTER, entry_ids)
    ended = await fetch_all(conn, Ended, END, entry_ids, state)
    await outbox.add_many(
        conn,
        (
            Telling(
                WaitlistEnded(entry_id=one.entry_id, account_id=one.account_id, outcome=state),
                one.entry_id,
                one.version,
            )
            for one in ended
        ),
    )


async def close_offer(
    conn: Connection, entry_id: UUID, order_id: UUID, account_id: UUID
) -> Outcome:
    """Cancel the order that holds the places of an offer; return what became of the offer.

    Where the order was paid, cancelled or expired before, and nobody has noted that yet, the
    offer is `taken`, `refused`, `lapsed` or `called_off` by it. The caller holds the entry's lock.
    Raises OrderNotCancellable where what the order is for has begun.
    """
    await lock_own_order(conn, order_id, account_id)
    outcome: Outcome = await find_outcome(conn, order_id) or "refused"
    standing = await read_standing(conn, order_id)
    if standing.order.state == "held":
        decision = decide(standing, None, "visitor")
        pools = await conn.fetch(FIND_POOLS, entry_id, order_id)
        await lock_pools(conn, [row["pool_id"] for row in pools])
        await carry_out(conn, standing.order, decision, Cancellation(account_id, "visitor"))
    await note_outcome(conn, order_id, outcome)
    return outcome


async def find_outcome(conn: Connection, order_id: UUID) -> Outcome | None:
    """Return what the order of an offer says became of it; None while it is held."""
    outcome: Outcome | None = await conn.fetchval(READ_OUTCOME, order_id)
    return outcome


async def note_outcome(conn: Connection, order_id: UUID, outcome: Outcome) -> None:
    """Note what became of an offer. The caller holds the entry's lock."""
    await conn.execute(DECIDE, order_id, outcome)


async def wait_on(
    conn: Connection,
    entry_id: UUID,
    missed: Literal["refused", "lapsed", "called_off"],
    *,
    keep_waiting: bool,
) -> None:
    """Send an entry that missed its offer back to its old place in line, or end it.

    Where the offer was called off, it waits on, whatever it said: it was not asked. The caller
    holds the entry's lock.
    """
    if missed != "called_off" and not keep_waiting:
        await end_entries(conn, [entry_id], missed)
    elif not await conn.fetchval(WAIT_ON, entry_id):
        await end_entries(conn, [entry_id], "too_late")
