"""Deletes many old rows without holding any for long."""

from itertools import count, islice

from shared.db.database import Connection


async def delete_in_chunks(
    conn: Connection,
    statement: str,
    *args: object,
    most_chunks: int | None = None,
    timeout: float | None = None,  # noqa: ASYNC109 - of each statement, told to the server
) -> int:
    """Run a `delete ... limit` until nothing is left to delete; return how many rows went.

    Call it outside a transaction: each chunk is one of its own, so that its locks are short and
    what was deleted stays deleted when a later chunk fails. `most_chunks` ends it earlier.
    """
    total = 0
    for _ in islice(count(), most_chunks):
        status = await conn.execute(statement, *args, timeout=timeout)
        deleted = int(status.split()[-1])
        if deleted == 0:
            break
        total += deleted
    return total
