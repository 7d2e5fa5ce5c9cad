"""End an API key."""

from typing import Final
from uuid import UUID

from aiohttp import web

from services.accounts.revocations import revoke_session_tokens
from shared.core.errors import NotFound
from shared.db import transaction
from shared.http.access import Caller, may
from shared.http.keys import DATABASE
from shared.http.models import Path
from shared.http.route import route
from shared.messaging import audit


class ApiKeyPath(Path):
    """Which key."""

    key_id: UUID


FIND: Final = "select organisation_id from api_keys where id = $1"
REVOKE: Final = """
    update api_keys
    set revoked_at = clock_timestamp(), revoked_by = $2
    where id = $1 and revoked_at is null
    returning id
"""


@route("DELETE", "/v1/api-keys/{key_id}", access=may("api_key.end"), errors=(NotFound,))
async def revoke_api_key(request: web.Request, caller: Caller, path: ApiKeyPath) -> None:
    """End an API key, and within seconds the tokens that it was exchanged for.

    A key that has ended stays as it is.
    """
    async with transaction(request.app[DATABASE]) as conn:
        organisation_id = await conn.fetchval(FIND, path.key_id)
        if organisation_id is None or not caller.may("api_key.end", organisation_id):
            raise NotFound
        if await conn.fetchval(REVOKE, path.key_id, caller.person) is None:
            return
        await revoke_session_tokens(conn, path.key_id)
        await audit.record(
            conn,
            caller,
            action="api_key.revoked",
            subject=organisation_id,
            details={"key_id": path.key_id},
        )
