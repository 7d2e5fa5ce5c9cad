"""Take the document of a licence: a scan or a photo of its paper."""

import asyncio
from typing import Final
from uuid import UUID

from aiohttp import web

from services.venues.domain.documents import MOST_DOCUMENT_BYTES, SUFFIXES, document_type
from services.venues.errors import DocumentUnreadable, LicenceStateConflict
from services.venues.licence_views import LicenceView, licence_view
from services.venues.licensing import lock_venue_of_licence
from services.venues.paths import LicencePath
from services.venues.storage.blobs import BlobKey
from services.venues.storage.keeping import keep_blob
from shared.core.clock import local_day
from shared.core.errors import NotFound, Unavailable
from shared.db import acquire, transaction
from shared.http.access import Caller, may
from shared.http.etags import Versioned
from shared.http.keys import CLOCK, DATABASE
from shared.http.route import route
from shared.http.uploads import read_upload

TYPES: Final = tuple(SUFFIXES)
# Each holds its file in memory, at most 10 MB.
DOCUMENTS_AT_ONCE: Final = 4
DOCUMENT_UPLOADS: Final = web.AppKey("document_uploads", asyncio.Semaphore)

OWNER: Final = """
select v.organisation_id, v.venue_id
from licences l
join venues v using (venue_id)
where l.licence_id = $1
"""

ATTACH: Final = """
update licences
set document_digest = $2, document_type = $3, edit_version = edit_version + 1
where licence_id = $1
"""


@route(
    "PUT",
    "/v1/licences/{licence_id}/document",
    access=may("licence.change"),
    consumes=TYPES,
    rate_class="heavy",
    errors=(NotFound, LicenceStateConflict, DocumentUnreadable),
)
async def upload_licence_document(
    request: web.Request, caller: Caller, path: LicencePath
) -> Versioned[LicenceView]:
    """Take a PDF, JPEG or PNG of at most 10 MB as the document of a licence that waits.

    It must be what its first and last bytes say, and what Content-Type says. Sending another one
    replaces it, until the office has decided.
    """
    app = request.app
    await _check_owner(app, caller, path.licence_id)
    if app[DOCUMENT_UPLOADS].locked():
        raise Unavailable(headers={"Retry-After": "5", "Connection": "close"})
    async with app[DOCUMENT_UPLOADS]:
        content = await read_upload(request, TYPES, MOST_DOCUMENT_BYTES)
        kind = document_type(content)
        if kind is None or kind != request.content_type:
            raise DocumentUnreadable
        key = await asyncio.to_thread(BlobKey.of, "licences", content)
        await keep_blob(app, key, content)
    today = local_day(app[CLOCK].now())
    async with transaction(app[DATABASE]) as conn:
        venue = await lock_venue_of_licence(conn, path.licence_id)
        if not caller.may("licence.change", venue.organisation_id, venue.venue_id):
            raise NotFound
        before = await licence_view(conn, path.licence_id, today)
        if before.state != "waiting":
            raise LicenceStateConflict(state=before.state)
        await conn.execute(ATTACH, path.licence_id, key.digest, kind)
        view = await licence_view(conn, path.licence_id, today)
    return Versioned(view, view.version)


async def _check_owner(app: web.Application, caller: Caller, licence_id: UUID) -> None:
    """Raise NotFound before any of the body is read; it is asked again under the lock."""
    async with acquire(app[DATABASE]) as conn:
        row = await conn.fetchrow(OWNER, licence_id)
    if row is None or not caller.may("licence.change", row["organisation_id"], row["venue_id"]):
        raise NotFound(headers={"Connection": "close"})
