"""Refuse a licence, or take its confirmation back."""

from aiohttp import web

from services.venues.errors import LicenceStateConflict
from services.venues.fields import Reason
from services.venues.licence_deciding import decided
from services.venues.licence_views import LicenceView
from services.venues.paths import LicencePath
from shared.core.errors import NotFound, PreconditionFailed
from shared.http.access import Caller, may
from shared.http.etags import IfMatch, Versioned
from shared.http.models import Body
from shared.http.route import route


class RefuseLicence(Body):
    """Why, in words that help its operator."""

    reason: Reason


@route(
    "POST",
    "/v1/licences/{licence_id}/refusals",
    access=may("licence.decide"),
    errors=(NotFound, PreconditionFailed, LicenceStateConflict),
)
async def refuse_licence(
    request: web.Request,
    caller: Caller,
    path: LicencePath,
    body: RefuseLicence,
    if_match: IfMatch,
) -> Versioned[LicenceView]:
    """Refuse a licence, for a reason. One that was confirmed no longer counts from now on.

    A venue that needs it is off sale at once; orders that stand are not touched. The operator
    enters it again, put right.
    """
    return await decided(request, caller, if_match, path.licence_id, body.reason)
