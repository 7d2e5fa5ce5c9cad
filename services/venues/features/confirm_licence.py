"""Confirm a licence: the office has seen it and knows it as good."""

from aiohttp import web

from services.venues.errors import LicenceStateConflict, LicenceWithoutDocument
from services.venues.licence_deciding import decided
from services.venues.licence_views import LicenceView
from services.venues.paths import LicencePath
from shared.core.errors import NotFound, PreconditionFailed
from shared.http.access import Caller, may
from shared.http.etags import RequiredIfMatch, Versioned
from shared.http.route import route


@route(
    "POST",
    "/v1/licences/{licence_id}/confirmations",
    access=may("licence.decide"),
    errors=(NotFound, PreconditionFailed, LicenceStateConflict, LicenceWithoutDocument),
)
async def confirm_licence(
    request: web.Request, caller: Caller, path: LicencePath, if_match: RequiredIfMatch
) -> Versioned[LicenceView]:
    """Confirm a licence that waits; a venue that was off sale for want of it is back at once.

    It needs its document, and If-Match says which version of it was seen: another document, sent
    meanwhile, is another version.
    """
    return await decided(request, caller, if_match, path.licence_id, None)
