"""Exchange an API key for an access token."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

import structlog
from aiohttp import web
from pydantic import Field

from services.accounts.domain.session_tokens import hash_token
from services.accounts.errors import ApiKeyNotRecognised
from services.accounts.keys import SIGNER
from shared.db import fetch_first, transaction
from shared.http.access import Grant, may
from shared.http.keys import DATABASE
from shared.http.models import Body, Reply
from shared.http.route import route


class ExchangeApiKey(Body):
    """The key."""

    api_key: Annotated[str, Field(min_length=1, max_length=200)]


class ApiKeyTokenView(Reply):
    """An access token, until when it is good, and what it may do."""

    access_token: str
    expires_at: datetime
    organisation_id: UUID
    scopes: list[str]


@dataclass(frozen=True, slots=True)
class Used:
    """A good key, and what its maker is in the organisation now."""

    id: UUID
    organisation_id: UUID
    scopes: list[str]
    created_by: UUID
    expires_at: datetime
    role: str
    venues: list[UUID] | None
    token_generation: int


# The generation is read in the statement that reads the role: a change of the role comes with the
# next generation. Somebody who works there no longer, or is deactivated, has no good keys.
USE: Final = """
    update api_keys
    set last_used_at = clock_timestamp()
    from organisation_members as member, accounts as account
    where api_keys.key_hash = $1
        and api_keys.revoked_at is null
        and api_keys.expires_at > clock_timestamp()
        and member.organisation_id = api_keys.organisation_id
        and member.account_id = api_keys.created_by
        and member.accepted_at is not null
        and account.id = api_keys.created_by
        and account.deactivated_at is null
    returning
        api_keys.id,
        api_keys.organisation_id,
        api_keys.scopes,
        api_keys.created_by,
        api_keys.expires_at,
        member.role,
        member.venues,
        account.token_generation
"""

_log: Final = structlog.get_logger()


@route(
    "POST",
    "/v1/api-key-tokens",
    access=may("sign_in"),
    status=201,
    errors=(ApiKeyNotRecognised,),
)
async def exchange_api_key(request: web.Request, body: ExchangeApiKey) -> ApiKeyTokenView:
    """Exchange an API key for an access token of fifteen minutes, or for as long as the key lasts.

    The token may do what the key's scopes name and its maker may do in the organisation.
    """
    async with transaction(request.app[DATABASE]) as conn:
        used = await fetch_first(conn, Used, USE, hash_token(body.api_key))
    if used is None:
        _log.warning("api_key.not_recognised")
        raise ApiKeyNotRecognised
    venues = None if used.venues is None else frozenset(used.venues)
    access = request.app[SIGNER].for_api_key(
        used.id,
        maker=used.created_by,
        grant=Grant(used.organisation_id, used.role, venues),
        scopes=used.scopes,
        generation=used.token_generation,
        key_expires_at=used.expires_at,
    )
    return ApiKeyTokenView(
        access_token=access.token,
        expires_at=access.expires_at,
        organisation_id=used.organisation_id,
        scopes=used.scopes,
    )
