"""Delete documents that no licence has any more, because another one took their place."""

from typing import Final

import structlog
from aiohttp import web

from services.venues.storage.keeping import sweep_blobs

MARK_UNREFERENCED: Final = """
update blobs
set state = 'leaving'
where
    area = 'licences'
    and state = 'kept'
    and digest in (
        select digest
        from blobs b
        where
            b.area = 'licences'
            and b.state = 'kept'
            and b.touched_at < $1
            and not exists (select from licences where document_digest = b.digest)
        order by b.touched_at
        limit $2
        for update skip locked
    )
"""

_log: Final = structlog.get_logger()


async def sweep_licence_documents(app: web.Application) -> None:
    """Let go of what nothing has referred to for a day, a few hundred files at a time."""
    if swept := await sweep_blobs(app, "licences", MARK_UNREFERENCED):
        _log.info("licence_documents.swept", files=swept)
