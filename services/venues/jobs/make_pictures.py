"""Make the pictures that were sent into the sizes and formats in which they are shown."""

import asyncio
from datetime import timedelta
from typing import Final
from uuid import UUID

import structlog
from aiohttp import web

from services.venues.pictures.pool import (
    POOL,
    MadePicture,
    PictureRefusedError,
    StudioFailedError,
)
from services.venues.storage.blobs import BlobKey, BlobMissingError, read_whole
from services.venues.storage.keeping import keep_blob
from services.venues.storage.opening import STORE
from shared.core.errors import Unavailable
from shared.db import Connection, acquire, transaction
from shared.http.keys import CLOCK, DATABASE

# After this long without an end, somebody else tries: the process that began has died.
LEASE: Final = timedelta(minutes=3)
MOST_ATTEMPTS: Final = 5
AT_ONCE: Final = 2

CLAIM: Final = """
update pictures
set attempts = attempts + 1, next_attempt_at = $2
where digest = (
    select digest
    from pictures
    where state = 'processing' and next_attempt_at <= $1
    order by next_attempt_at
    limit 1
    for update skip locked
)
returning digest, attempts
"""

# The store was away: that says nothing about the picture.
GIVE_BACK: Final = """
update pictures
set attempts = greatest(attempts - 1, 0), next_attempt_at = $2
where digest = $1
"""

KEEP_FILES: Final = """
insert into picture_files (digest, width, format, height, bytes, file_digest)
select $1, width, format, height, bytes, file_digest
from unnest($2::integer[], $3::text[], $4::integer[], $5::integer[], $6::text[])
    as made (width, format, height, bytes, file_digest)
on conflict (digest, width, format) do update
set height = excluded.height, bytes = excluded.bytes, file_digest = excluded.file_digest
"""

FINISH: Final = """
update pictures
set state = 'ready', colour = $2
where digest = $1 and state = 'processing'
returning digest
"""

REFUSE: Final = """
update pictures
set state = 'refused', refusal = $2
where digest = $1 and state = 'processing'
returning digest
"""

# Venues before pictures, as an upload locks them, and several venues in the order of their ids.
LOCK_VENUES: Final = """
select venue_id
from venues
where venue_id in (select venue_id from photos where digest = $1)
order by venue_id
for no key update
"""

# Whoever shows it shows something else now.
RENEW_VENUES: Final = """
update venues
set edit_version = edit_version + 1
where venue_id = any($1::uuid[])
"""

_log: Final = structlog.get_logger()


async def make_pictures(app: web.Application) -> None:
    """Make all that wait, two at a time. Several processes share the work, each picture once.

    One that was begun and not finished, because the process died, is begun again by whoever
    comes by after three minutes; after five such ends it is refused.
    """
    await asyncio.gather(*(_make_all(app) for _ in range(AT_ONCE)))


async def _make_all(app: web.Application) -> None:
    while (claimed := await _claim(app)) is not None:
        digest, attempts = claimed
        try:
            made = await _made(app, digest, attempts)
        except Unavailable:
            await _give_back(app, digest)
            raise
        except PictureRefusedError as refused:
            await _refuse(app, digest, refused.reason)
        except StudioFailedError:
            if attempts >= MOST_ATTEMPTS:
                await _refuse(app, digest, "unreadable")
        else:
            await _finish(app, digest, made)


async def _claim(app: web.Application) -> tuple[str, int] | None:
    now = app[CLOCK].now()
    async with acquire(app[DATABASE]) as conn:
        row = await conn.fetchrow(CLAIM, now, now + LEASE)
    return None if row is None else (row["digest"], row["attempts"])


async def _made(app: web.Application, digest: str, attempts: int) -> MadePicture:
    if attempts > MOST_ATTEMPTS:
        raise PictureRefusedError("unreadable")
    try:
        content = await read_whole(app[STORE], BlobKey("photos", digest))
    except BlobMissingError:
        raise PictureRefusedError("unreadable") from None
    return await app[POOL].make(content)


async def _finish(app: web.Application, digest: str, made: MadePicture) -> None:
    keys = [await asyncio.to_thread(BlobKey.of, "photos", file.content) for file in made.files]
    for key, file in zip(keys, made.files, strict=True):
        await keep_blob(app, key, file.content)
    async with transaction(app[DATABASE]) as conn:
        venue_ids = await _lock_venues(conn, digest)
        await conn.execute(
            KEEP_FILES,
            digest,
            [file.width for file in made.files],
            [file.format for file in made.files],
            [file.height for file in made.files],
            [len(file.content) for file in made.files],
            [key.digest for key in keys],
        )
        if await conn.fetchval(FINISH, digest, made.colour) is not None:
            await conn.execute(RENEW_VENUES, venue_ids)
    _log.info("picture.made", files=len(keys), bytes=sum(len(f.content) for f in made.files))


async def _lock_venues(conn: Connection, digest: str) -> list[UUID]:
    """Lock the venues that show a picture; return them."""
    return [row["venue_id"] for row in await conn.fetch(LOCK_VENUES, digest)]


async def _refuse(app: web.Application, digest: str, reason: str) -> None:
    async with transaction(app[DATABASE]) as conn:
        venue_ids = await _lock_venues(conn, digest)
        if await conn.fetchval(REFUSE, digest, reason) is not None:
            await conn.execute(RENEW_VENUES, venue_ids)
    _log.warning("picture.refused", reason=reason)


async def _give_back(app: web.Application, digest: str) -> None:
    async with acquire(app[DATABASE]) as conn:
        await conn.execute(GIVE_BACK, digest, app[CLOCK].now() + timedelta(seconds=30))
