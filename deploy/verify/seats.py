"""I1, seats: never oversold, never leaked. See `invariants.py`."""

from typing import Final

# A line that waits for the payment of a change claims only what it needs beyond the line that it
# is to replace; that is all that its `pool_ids` name.
LEAKED: Final = """
with claimed as (
    select claim.pool_id, sum(claim.quantity) as quantity
    from bookings.order_lines, unnest(pool_ids, quantities) as claim (pool_id, quantity)
    where claim_state in ('held', 'kept')
    group by claim.pool_id
)
select format('pool %s (%s of %s): %s taken, %s claimed', id, scope, day, taken,
              coalesce(claimed.quantity, 0))
from bookings.pools
left join claimed on claimed.pool_id = pools.id
where taken <> coalesce(claimed.quantity, 0)
union all
select format('pool %s: %s claimed, and there is no such pool', pool_id, claimed.quantity)
from claimed
where not exists (select from bookings.pools where pools.id = claimed.pool_id)
"""

# More than the capacity may be taken only where the capacity was lowered afterwards; then the
# ceiling is what is still taken, and sinks with it.
OVERSOLD: Final = """
select format('pool %s (%s of %s): %s taken of %s, at most %s', id, scope, day, taken, capacity,
              ceiling)
from bookings.pools
where taken > ceiling or ceiling <> greatest(capacity, taken)
"""

CLAIMS_OF_NOTHING: Final = """
select format('line %s claims %s of pool %s', line_id, claim.quantity, claim.pool_id)
from bookings.order_lines, unnest(pool_ids, quantities) as claim (pool_id, quantity)
where claim.quantity is null or claim.quantity <= 0
"""

# Places that came back are kept from the public for a moment, where somebody waits for them.
WITHHELD: Final = """
select format('pool %s (%s of %s): %s places are held back until %s, for %s who wait', id, scope,
              day, held_back, held_back_until, waiters)
from bookings.pools
where held_back > 0
    and held_back_until > now()
    and (waiters = 0 or held_back_until > now() + interval '1 minute')
"""

# Each pool counts the wishes that name it; who waits no longer wishes nothing.
WAITERS: Final = """
with wished as (
    select pool_id, count(*) as wishes
    from bookings.waitlist_wishes, unnest(pool_ids) as pool_id
    where registered
    group by pool_id
)
select format('pool %s (%s of %s): %s waiters, %s wishes', id, scope, day, waiters,
              coalesce(wishes, 0))
from bookings.pools
left join wished on wished.pool_id = pools.id
where waiters <> coalesce(wishes, 0)
union all
select format('waitlist entry %s: it is %s, and still wishes something', entry_id, state)
from bookings.waitlist_wishes
join bookings.waitlist_entries using (entry_id)
where registered and ended_at is not null
"""

# Who holds an offer has an order for it, which nobody else has.
OFFERS: Final = """
select format('waitlist entry %s: it is %s by order %s, its offers say order %s', entry.entry_id,
              entry.state, entry.order_id, offer.order_id)
from (
    select entry_id, state, order_id
    from bookings.waitlist_entries
    where state in ('offered', 'taken')
) as entry
full join (
    select entry_id, order_id, coalesce(outcome, 'offered') as state
    from bookings.waitlist_offers
    where outcome is null or outcome = 'taken'
) as offer using (entry_id, order_id, state)
where entry is null or offer is null
"""

# Nothing of what is shut was sold after it was heard of. A change keeps its order's time, so lines
# that came by one are left out.
SOLD_WHILE_CLOSED: Final = """
select format('line %s of order %s: sold at %s, after closure %s was obeyed at %s', line.line_id,
              code, coalesce(confirmed_at, placed_at), closure.closure_id, closure.obeyed_at)
from bookings.closures as closure
cross join lateral bookings.live_lines_within(
    closure.village_ids, closure.venue_ids, closure.offering_ids, closure.kinds,
    closure.closed_from, closure.closed_until
) as line
join bookings.orders on orders.order_id = line.order_id
where coalesce(confirmed_at, placed_at) > closure.obeyed_at
    and line.replaces_line_id is null
    and bookings.closure_covers(
        closure, line.village_id, line.venue_id, line.offering_id, line.kind, line.starts_at,
        line.ends_at
    )
"""

# A slot and its pools are marked as the closures have it.
MARKS: Final = """
select format('slot %s: it is marked %s, its closures say %s', slot_id, closed,
              bookings.is_covered(slots))
from bookings.slots
where ends_at > now() and closed <> bookings.is_covered(slots)
union all
select format('pool %s: it is marked %s, its slot %s', pools.id, pools.closed, slots.closed)
from bookings.pools
join bookings.slots on slots.slot_id = pools.subject_id
where pools.scope = 'slot' and pools.closed <> slots.closed
"""

LEVELS: Final = """
select format('pool %s (%s of %s): its level is %s at %s taken of %s', id, scope, day, level,
              taken, capacity)
from bookings.pools
where level <> bookings.capacity_level(taken, capacity)
"""

COUNT: Final = """
select count(*) as pools, coalesce(sum(taken), 0)::bigint as places_taken, (
    select count(*) from bookings.order_lines where claim_state <> 'released'
) as live_lines, (
    select count(*) from bookings.waitlist_entries where ended_at is null
) as parties_waiting
from bookings.pools
"""
