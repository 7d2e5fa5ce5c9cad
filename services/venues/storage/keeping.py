"""Keeping files that rows refer to, and letting go of those that nothing refers to any more.

A row in `blobs` comes before its file. The sweeper marks a row as leaving, deletes the file, and
then the row; whoever wants to keep the same content meanwhile waits. So no file is lost to a
race, and none is left behind by a crash: no network call happens inside a transaction.
"""

import asyncio
from datetime import timedelta
from typing import Final

from aiohttp import web

from services.venues.storage.blobs import Area, BlobKey
from services.venues.storage.opening import STORE
from shared.core.errors import Unavailable
from shared.db import acquire
from shared.http.keys import CLOCK, DATABASE

# How long a file may lie before what refers to it is committed.
GRACE: Final = timedelta(days=1)
AT_ONCE: Final = 200

TOUCH: Final = """
insert into blobs (area, digest, touched_at)
values ($1, $2, $3)
on conflict (area, digest) do update
set touched_at = excluded.touched_at
where blobs.state = 'kept'
returning digest
"""

FIND_LEAVING: Final = """
select digest
from blobs
where area = $1 and state = 'leaving'
order by touched_at
limit $2
"""

FORGET: Final = "delete from blobs where area = $1 and digest = $2 and state = 'leaving'"

_TRIES: Final = 20
_PAUSE_SECONDS: Final = 0.1


async def keep_blob(app: web.Application, key: BlobKey, content: bytes) -> None:
    """Store a file that a row is about to refer to, within a day; call it outside transactions.

    Raises Unavailable where the store does not answer.
    """
    for _ in range(_TRIES):
        async with acquire(app[DATABASE]) as conn:
            kept = await conn.fetchval(TOUCH, key.area, key.digest, app[CLOCK].now())
        if kept is not None:
            await app[STORE].put(key, content)
            return
        await asyncio.sleep(_PAUSE_SECONDS)
    raise Unavailable(headers={"Retry-After": "5"})


async def sweep_blobs(app: web.Application, area: Area, mark_unreferenced: str) -> int:
    """Delete the files of an area that nothing refers to; return how many.

    `mark_unreferenced` is the area's own statement: it gives up to `$2` kept blobs that were last
    touched before `$1` and that nothing refers to the state `leaving`. What an earlier run did
    not finish is finished first.
    """
    async with acquire(app[DATABASE]) as conn:
        await conn.execute(mark_unreferenced, app[CLOCK].now() - GRACE, AT_ONCE)
        leaving = await conn.fetch(FIND_LEAVING, area, AT_ONCE)
    for row in leaving:
        await app[STORE].delete(BlobKey(area, row["digest"]))
        async with acquire(app[DATABASE]) as conn:
            await conn.execute(FORGET, area, row["digest"])
    return len(leaving)
