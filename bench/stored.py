"""A database with a past: as many orders as years of business leave behind, written by sets.

The orders are of two years, by a tenth as many accounts, completed and paid at the venue. Each has
its line, its claims on four pools and its movement in the ledger, as if it had been placed by the
service.
"""

from typing import Final

import asyncpg

DAYS: Final = 365
CHUNK: Final = 1_000_000

# Rows that are as they should be need no triggers and no checks of foreign keys.
QUICKLY: Final = "set session_replication_role = replica"
SCHEMA: Final = "set search_path = bookings, extensions"

DRAW: Final = """
create temporary table drawn as
select
    number,
    uuidv7(-random() * interval '700 days') as order_id,
    gen_random_uuid() as line_id,
    md5('account ' || number % $3)::uuid as account_id
from generate_series($1::bigint, $2::bigint) as number
"""
FORGET_DRAWN: Final = "drop table drawn"

# Codes like any other, each once: an odd factor scatters the numbers below 2^32.
KEEP_ORDERS: Final = """
insert into orders (
    order_id, code, account_id, state, payment_method, accepted_payment, total_fen,
    contact_sealed, placed_at, confirmed_at
)
select
    order_id, to_hex((number * 2654435761) % 4294967296), account_id, 'completed', 'on_site',
    'on_site', 13600, '\\x00', uuid_extract_timestamp(order_id), uuid_extract_timestamp(order_id)
from drawn
"""
KEEP_LINES: Final = """
with sessions as (
    select
        row_number() over (order by slots.slot_id) - 1 as place, slots.*, offerings.edition,
        offerings.name as offering_name, venues.organisation_id, venues.name as venue_name,
        venues.address, villages.name as village_name
    from slots
    join offerings using (offering_id)
    join venues on venues.venue_id = slots.venue_id
    join villages on villages.village_id = slots.village_id
    where slots.day < current_date
)
insert into order_lines (
    line_id, order_id, position, offering_id, offering_version, venue_id, organisation_id,
    village_id, kind, offering_name, venue_name, village_name, address, day, day_type, nights,
    starts_at, ends_at, tickets, persons, units, price_fen, pool_ids, quantities, claim_state
)
select
    drawn.line_id, drawn.order_id, 0, session.offering_id, session.edition, session.venue_id,
    session.organisation_id, session.village_id, 'session', session.offering_name,
    session.venue_name, session.village_name, session.address, session.day, 'workday', 0,
    session.starts_at, session.ends_at, '{"adult": 2}', 2, 2, 13600,
    array[(session.own_pools ->> '')::bigint] || session.around_pools, '{2,2,2,2}', 'kept'
from drawn
join sessions as session on session.place = drawn.number % $1
"""
KEEP_MOVEMENTS: Final = """
insert into ledger_movements (
    organisation_id, order_id, line_id, kind, debit, credit, amount_fen, moved_at
)
select
    lines.organisation_id, drawn.order_id, drawn.line_id, 'sale', 'receivable', 'sales', 13600,
    uuid_extract_timestamp(drawn.order_id)
from drawn
join order_lines as lines using (line_id)
"""
COUNT_CLAIMS: Final = """
update pools
set taken = claimed.quantity
from (
    select claim.pool_id, sum(claim.quantity) as quantity
    from order_lines, unnest(pool_ids, quantities) as claim (pool_id, quantity)
    group by claim.pool_id
) as claimed
where claimed.pool_id = pools.id
"""
TIDY: Final = "vacuum (analyze) orders, order_lines, ledger_movements, pools"


async def store_orders(owner_url: str, number: int) -> None:
    """Store so many orders in the past sessions of a database, by the owner of its schemas."""
    conn = await asyncpg.connect(owner_url)
    try:
        await conn.execute(QUICKLY)
        await conn.execute(SCHEMA)
        for first in range(0, number, CHUNK):
            last = min(first + CHUNK, number) - 1
            await conn.execute(DRAW, first, last, max(1, number // 10))
            await conn.execute(KEEP_ORDERS)
            await conn.execute(KEEP_LINES, DAYS)
            await conn.execute(KEEP_MOVEMENTS)
            await conn.execute(FORGET_DRAWN)
        await conn.execute(COUNT_CLAIMS)
        await conn.execute(TIDY)
    finally:
        await conn.close()
