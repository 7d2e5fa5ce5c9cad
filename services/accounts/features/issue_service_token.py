"""Give one of our services the token by which the others know it."""

import hmac
from datetime import datetime
from typing import Annotated, Final

import structlog
from aiohttp import web
from pydantic import Field

from services.accounts.errors import ServiceNotRecognised
from services.accounts.keys import SERVICE_SECRETS, SIGNER
from shared.core.ids import random_token
from shared.http.access import may
from shared.http.models import Body, Reply
from shared.http.route import route


class AskForServiceToken(Body):
    """A service's name and its secret."""

    service: Annotated[str, Field(min_length=1, max_length=64)]
    secret: Annotated[str, Field(min_length=1, max_length=512)]


class ServiceTokenView(Reply):
    """A service's access token and until when it is good."""

    access_token: str
    expires_at: datetime


_log: Final = structlog.get_logger()


@route(
    "POST",
    "/v1/service-tokens",
    access=may("service.token"),
    status=201,
    errors=(ServiceNotRecognised,),
)
async def issue_service_token(request: web.Request, body: AskForServiceToken) -> ServiceTokenView:
    """Exchange a service's secret for an access token of ten minutes."""
    # A name that does not exist costs the same comparison, with a secret that nobody has.
    expected = request.app[SERVICE_SECRETS].get(body.service) or random_token()
    if not hmac.compare_digest(body.secret.encode(), expected.encode()):
        _log.warning("service_token.refused")
        raise ServiceNotRecognised
    access = request.app[SIGNER].for_service(body.service)
    return ServiceTokenView(access_token=access.token, expires_at=access.expires_at)
