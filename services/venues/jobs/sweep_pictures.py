"""Delete pictures that no photo shows any more, and the files that were made of them."""

from typing import Final

import structlog
from aiohttp import web

from services.venues.storage.keeping import AT_ONCE, GRACE, sweep_blobs
from shared.db import acquire
from shared.http.keys import CLOCK, DATABASE

# Its files' rows go with it. Whoever is about to show it has touched its blob.
DROP_PICTURES: Final = """
delete from pictures p
where
    p.digest in (
        select digest
        from blobs
        join pictures using (area, digest)
        where
            blobs.touched_at < $1
            and not exists (select from photos where photos.digest = pictures.digest)
        limit $2
    )
"""

MARK_UNREFERENCED: Final = """
update blobs
set state = 'leaving'
where
    area = 'photos'
    and state = 'kept'
    and digest in (
        select digest
        from blobs b
        where
            b.area = 'photos'
            and b.state = 'kept'
            and b.touched_at < $1
            and not exists (select from pictures where pictures.digest = b.digest)
            and not exists (select from picture_files where file_digest = b.digest)
        order by b.touched_at
        limit $2
        for update skip locked
    )
"""

_log: Final = structlog.get_logger()


async def sweep_pictures(app: web.Application) -> None:
    """Let go of what nothing has referred to for a day, a few hundred files at a time."""
    async with acquire(app[DATABASE]) as conn:
        await conn.execute(DROP_PICTURES, app[CLOCK].now() - GRACE, AT_ONCE)
    if swept := await sweep_blobs(app, "photos", MARK_UNREFERENCED):
        _log.info("pictures.swept", files=swept)
