"""Cash that was taken at a venue for a line, and for those in whose place it stands."""

from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

from shared.db import Connection

# Who paid for a line that was changed afterwards has paid for the one that it was changed to.
TAKEN: Final = """
with recursive chain (line_id, earlier_id) as (
    select line_id, line_id from unnest($1::uuid[]) as line_id
    union all
    select chain.line_id, line.replaces_line_id
    from chain
    join order_lines as line on line.line_id = chain.earlier_id
    where line.replaces_line_id is not null
)
select chain.line_id, sum(amount_fen)::bigint as taken_fen
from chain
join cash_receipts on cash_receipts.line_id = chain.earlier_id
group by chain.line_id
"""


async def find_cash(conn: Connection, line_ids: Sequence[UUID]) -> Mapping[UUID, int]:
    """Return what was taken for lines, in fen; those for which nothing was are left out."""
    rows = await conn.fetch(TAKEN, line_ids)
    return {row["line_id"]: row["taken_fen"] for row in rows}
