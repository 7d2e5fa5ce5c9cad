from collections.abc import AsyncIterator
from typing import Final

import pytest

from tests.bookings.world import Bookings

# Each pool's count against the wishes that stand; who is over wishes nothing any more.
MISCOUNTED: Final = """
select pools.id, pools.waiters, count(wish.entry_id)
from pools
left join waitlist_wishes as wish on wish.registered and wish.pool_ids @> array[pools.id]
group by pools.id
having pools.waiters <> count(wish.entry_id)
"""
LEFT_BEHIND: Final = """
select entry_id
from waitlist_wishes
join waitlist_entries using (entry_id)
where registered and ended_at is not null
"""
# Who holds an offer has an order, and the other way round.
UNMATCHED: Final = """
select entry_id, order_id
from (select entry_id, order_id from waitlist_entries where state = 'offered') as offered
full join (select entry_id, order_id from waitlist_offers where outcome is null) as open
using (entry_id, order_id)
where offered is null or open is null
"""


@pytest.fixture(autouse=True)
async def _nobody_is_miscounted(bookings: Bookings) -> AsyncIterator[None]:
    yield
    for statement in (MISCOUNTED, LEFT_BEHIND, UNMATCHED):
        assert await bookings.fetch_rows(statement) == []
