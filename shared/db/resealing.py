"""Sealing rows anew by the current key, so that an old one can be thrown away.

Any number of rows, a few hundred at a time, beside a running service: a row that somebody changes
meanwhile is sealed by the current key already. What was done stays done, so a run that was ended
is just started again.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import asyncpg

from shared.core.sealing import SealBrokenError, Sealer
from shared.db.database import Database
from shared.db.transactions import acquire, transaction

BATCH: Final = 200


@dataclass(frozen=True, slots=True)
class SealedColumn:
    """One column of sealed bytes.

    `find` takes the current key's mark, the last id and a limit, and returns `id`, `sealed` and
    what `purpose` needs, by id. `renew` takes the new bytes, the id and the old bytes; `left`
    takes the mark and counts what is sealed by other keys.
    """

    name: str
    find: str
    renew: str
    left: str
    purpose: Callable[[asyncpg.Record], str]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far one column is."""

    column: str
    renewed: int
    broken: int
    left: int


async def reseal(
    database: Database,
    sealer: Sealer,
    columns: Iterable[SealedColumn],
    report: Callable[[Progress], None],
) -> bool:
    """Seal everything anew that other keys have sealed; tell whether nothing is left.

    Rows that don't open (a lost key, changed bytes) are counted and left as they are. Reports
    after each batch.
    """
    whole = True
    for column in columns:
        whole = await _reseal_column(database, sealer, column, report) and whole
    return whole


async def _reseal_column(
    database: Database,
    sealer: Sealer,
    column: SealedColumn,
    report: Callable[[Progress], None],
) -> bool:
    renewed = broken = 0
    last = UUID(int=0)
    while True:
        async with transaction(database) as conn:
            rows = await conn.fetch(column.find, sealer.mark, last, BATCH)
            for row in rows:
                try:
                    text = sealer.open(row["sealed"], column.purpose(row))
                except SealBrokenError:
                    broken += 1
                    continue
                new = sealer.seal(text, column.purpose(row))
                await conn.execute(column.renew, new, row["id"], row["sealed"])
                renewed += 1
        async with acquire(database) as conn:
            left: int = await conn.fetchval(column.left, sealer.mark)
        report(Progress(column.name, renewed, broken, left))
        if not rows:
            return left == 0
        last = rows[-1]["id"]
