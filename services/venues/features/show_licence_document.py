"""Hand out the document of a licence, to its operator and to the office, which is recorded."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from aiohttp import hdrs, web

from services.venues.domain.documents import SUFFIXES, DocumentType
from services.venues.paths import LicencePath
from services.venues.storage.blobs import BlobKey, BlobMissingError, read_whole
from services.venues.storage.opening import STORE
from shared.contracts.venues import LicenceKind
from shared.core.errors import NotFound
from shared.db import fetch_first, transaction
from shared.http.access import Caller, may
from shared.http.keys import CLOCK, DATABASE
from shared.http.route import route


@dataclass(frozen=True, slots=True)
class KeptDocument:
    """Where a document lies, and whose it is."""

    organisation_id: UUID
    venue_id: UUID
    kind: LicenceKind
    document_digest: str
    document_type: DocumentType


FIND: Final = """
select v.organisation_id, v.venue_id, l.kind, l.document_digest, l.document_type
from licences l
join venues v using (venue_id)
where l.licence_id = $1 and l.document_digest is not null
"""

RECORD_READ: Final = """
insert into licence_document_reads (licence_id, document_digest, read_by, read_at)
values ($1, $2, $3, $4)
"""


@route(
    "GET",
    "/v1/licences/{licence_id}/document",
    access=may("licence.read"),
    errors=(NotFound,),
    produces="application/octet-stream",
)
async def show_licence_document(
    request: web.Request, caller: Caller, path: LicencePath
) -> web.Response:
    """Hand out the document as a download that no browser shows by itself.

    Whoever is neither of its organisation nor of the office finds nothing. Each reading by the
    office is written down before the first byte leaves.
    """
    async with transaction(request.app[DATABASE]) as conn:
        found = await fetch_first(conn, KeptDocument, FIND, path.licence_id)
        if found is None or not caller.may("licence.read", found.organisation_id, found.venue_id):
            raise NotFound
        if caller.is_office:
            now = request.app[CLOCK].now()
            await conn.execute(
                RECORD_READ, path.licence_id, found.document_digest, caller.person, now
            )
    try:
        content = await read_whole(request.app[STORE], BlobKey("licences", found.document_digest))
    except BlobMissingError:
        raise NotFound from None
    name = f"{found.kind}-{path.licence_id}.{SUFFIXES[found.document_type]}"
    return web.Response(
        body=content,
        content_type=found.document_type,
        headers={
            hdrs.CONTENT_DISPOSITION: f'attachment; filename="{name}"',
            hdrs.CACHE_CONTROL: "private, no-store",
            hdrs.X_CONTENT_TYPE_OPTIONS: "nosniff",
        },
    )
