"""Forget the people of orders that are long over."""

from datetime import timedelta
from typing import Final

import structlog
from aiohttp import web

from shared.core.retention import ORDER_ACCOUNT, ORDER_CONTACT
from shared.db import Database, acquire
from shared.http.keys import DATABASE

MOST_BATCHES: Final = 100

# Orders that begin within the period are looked at and left; an order is at most a year ahead.
ERASE_OLD_CONTACTS: Final = """
update orders
set contact_sealed = ''
where order_id in (
    select order_id
    from orders as old
    where contact_sealed <> '' and state <> 'held' and placed_at < now() - $1::interval
        and not exists (
            select from order_lines
            where order_lines.order_id = old.order_id and ends_at >= now() - $1::interval
        )
    order by placed_at, order_id
    limit 500
)
"""
# An id that nothing else has: what one person booked can't be told from it any more.
PART_FROM_ACCOUNT: Final = """
with old as (
    select order_id
    from orders
    where state <> 'held' and placed_at < now() - $1::interval
        and not exists (select from parted_orders where parted_orders.order_id = orders.order_id)
        and not exists (
            select from order_lines
            where order_lines.order_id = orders.order_id and ends_at >= now() - $1::interval
        )
    limit 500
),
parted as (
    insert into parted_orders (order_id) select order_id from old returning order_id
)
update orders set account_id = gen_random_uuid()
where order_id in (select order_id from parted)
"""
# Who read its contact and who placed it for somebody else; the service's own role can't.
PART_RECORDS: Final = "select part_records_of_orders()"

_log: Final = structlog.get_logger()


async def forget_old_orders(app: web.Application) -> None:
    """Erase contacts half a year after an order's last day, and the account's id after three.

    The periods stand in `shared/core/retention.py`. A run after a long pause leaves the rest to
    the next one.
    """
    contacts = await _repeat(app[DATABASE], ERASE_OLD_CONTACTS, ORDER_CONTACT.kept)
    parted = await _repeat(app[DATABASE], PART_FROM_ACCOUNT, ORDER_ACCOUNT.kept)
    async with acquire(app[DATABASE]) as conn:
        records = await conn.fetchval(PART_RECORDS)
    if contacts or parted or records:
        _log.info("orders.people_forgotten", contacts=contacts, parted=parted, records=records)


async def _repeat(database: Database, statement: str, kept: timedelta) -> int:
    """Run a statement that changes 500 rows at most until it changes none; return how many."""
    total = 0
    for _ in range(MOST_BATCHES):
        async with acquire(database) as conn:
            changed = int((await conn.execute(statement, kept)).split()[-1])
        if changed == 0:
            break
        total += changed
    return total
