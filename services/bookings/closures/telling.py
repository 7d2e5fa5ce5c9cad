"""Telling that somebody's orders are met by a closure: once for each closure and account."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from shared.contracts.bookings import PersonAffectedByClosure
from shared.db import Connection, fetch_all
from shared.messaging import outbox
from shared.messaging.outbox import Telling

# Of some accounts those of whom nothing waits to be called off any more.
NOTE: Final = """
with ready as (
    select
        account_id,
        (array_agg(order_id order by order_id) filter (where state <> 'gone'))[1] as order_id,
        count(*) filter (where state = 'cancelled') as cancelled_lines,
        count(*) filter (where state = 'begun') as begun_lines,
        sum(refund_fen)::bigint as refund_fen
    from closed_lines
    where closure_id = $1 and account_id = any ($2::uuid[])
    group by account_id
    having not bool_or(state = 'found') and bool_or(state <> 'gone')
),
noted as (
    insert into closure_notices (notice_id, closure_id, account_id, order_id)
    select uuidv7(), $1, account_id, order_id
    from ready
    on conflict on constraint closure_notices_once do nothing
    returning notice_id, account_id
)
select notice_id, account_id, order_id, cancelled_lines, begun_lines, refund_fen
from noted
join ready using (account_id)
"""

FIND_ACCOUNTS: Final = """
select distinct account_id from orders where order_id = any ($1::uuid[])
"""


@dataclass(frozen=True, slots=True)
class Notice:
    """Who is to be told, and what it comes to."""

    notice_id: UUID
    account_id: UUID
    order_id: UUID
    cancelled_lines: int
    begun_lines: int
    refund_fen: int


async def tell_people(conn: Connection, closure_id: UUID, order_ids: Sequence[UUID]) -> None:
    """Add an event for each buyer of some orders who was not told yet and can be now."""
    rows = await conn.fetch(FIND_ACCOUNTS, order_ids)
    accounts = [row["account_id"] for row in rows]
    notices = await fetch_all(conn, Notice, NOTE, closure_id, accounts)
    await outbox.add_many(
        conn,
        [
            Telling(
                PersonAffectedByClosure(
                    notice_id=one.notice_id,
                    closure_id=closure_id,
                    account_id=one.account_id,
                    order_id=one.order_id,
                    cancelled_lines=one.cancelled_lines,
                    begun_lines=one.begun_lines,
                    refund_fen=one.refund_fen,
                ),
                one.notice_id,
                1,
            )
            for one in notices
        ],
    )
