"""Locking pools before any of them is touched.

Who locks pools in several steps of one transaction locks them out of order, and meets a deadlock
with somebody who locks the same ones at once.
"""

from collections.abc import Iterable
from typing import Final

from shared.db import Connection

LOCK: Final = """
select id from pools where id = any ($1::bigint[]) order by id for no key update
"""


async def lock_pools(conn: Connection, pool_ids: Iterable[int]) -> None:
    """Lock all pools that the transaction will touch, in the order of their ids, as orders do."""
    await conn.execute(LOCK, sorted(set(pool_ids)))
