"""Make an API key for an organisation's own programs."""

from datetime import timedelta
from typing import Annotated, Final
from uuid import UUID

from aiohttp import web
from pydantic import AfterValidator, Field

from services.accounts.api_keys import FIND_KEYS, ApiKeyView, Scope, new_key
from services.accounts.errors import TooManyApiKeys
from services.accounts.members import lock_organisation
from services.accounts.present_rights import require_present
from shared.core.errors import NotAllowed, NotFound
from shared.db import Connection, fetch_one, transaction
from shared.http.access import Caller, may
from shared.http.idempotency import Idempotency
from shared.http.keys import CLOCK, DATABASE, IDS
from shared.http.models import Body, line
from shared.http.route import route
from shared.messaging import audit

MOST_KEYS: Final = 20
LONGEST_NAME: Final = 100
MOST_DAYS: Final = 365


class CreateApiKey(Body):
    """For which organisation, what for, what it may do, and for how long."""

    organisation_id: UUID
    name: Annotated[
        str,
        AfterValidator(line(LONGEST_NAME)),
        Field(json_schema_extra={"minLength": 1, "maxLength": LONGEST_NAME}),
    ]
    scopes: Annotated[list[Scope], Field(min_length=1, max_length=50)]
    days: Annotated[int, Field(ge=1, le=MOST_DAYS)] = 90


class NewApiKeyView(ApiKeyView):
    """A new API key. `key` is shown this once; who loses it makes another one."""

    key: str | None


COUNT: Final = """
    select count(*)
    from api_keys
    where organisation_id = $1 and revoked_at is null and expires_at > now()
"""
INSERT: Final = """
    insert into api_keys (
        id, organisation_id, name, key_hash, first_characters, scopes, created_by, created_at,
        expires_at
    )
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
"""


@route(
    "POST",
    "/v1/api-keys",
    access=may("api_key.manage"),
    status=201,
    idempotent=True,
    errors=(NotFound, NotAllowed, TooManyApiKeys),
)
async def create_api_key(
    request: web.Request, caller: Caller, body: CreateApiKey, idempotency: Idempotency
) -> NewApiKeyView:
    """Make an API key of an organisation; it acts as its maker, within its scopes only.

    The key is in the first answer alone: it is kept by nobody here, so the same request again
    shows the key's record without it. Exchange it for an access token at
    `POST /v1/api-key-tokens`.
    """
    if not caller.may("api_key.manage", body.organisation_id):
        raise NotFound
    async with transaction(request.app[DATABASE]) as conn:
        if earlier := await idempotency.earlier(conn, NewApiKeyView):
            return earlier
        await lock_organisation(conn, body.organisation_id)
        await require_present(conn, caller, "api_key.manage", body.organisation_id)
        if await conn.fetchval(COUNT, body.organisation_id) >= MOST_KEYS:
            raise TooManyApiKeys(most=MOST_KEYS)
        view = await _make(conn, request.app, caller, body)
        await idempotency.keep(conn, view.model_copy(update={"key": None}))
    return view


async def _make(
    conn: Connection, app: web.Application, caller: Caller, body: CreateApiKey
) -> NewApiKeyView:
    key, now = new_key(), app[CLOCK].now()
    key_id = app[IDS].new()
    await conn.execute(
        INSERT,
        key_id,
        body.organisation_id,
        body.name,
        key.key_hash,
        key.first_characters,
        sorted(set(body.scopes)),
        caller.person,
        now,
        now + timedelta(days=body.days),
    )
    await audit.record(
        conn,
        caller,
        action="api_key.made",
        subject=body.organisation_id,
        details={"key_id": key_id, "scopes": len(set(body.scopes))},
    )
    kept = await fetch_one(conn, ApiKeyView, FIND_KEYS, body.organisation_id, key_id, None, 1)
    return NewApiKeyView(**dict(kept), key=key.key)
