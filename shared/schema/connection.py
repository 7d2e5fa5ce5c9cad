"""The owner's connection, for changing the schema."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import asyncpg

from shared.schema.errors import SchemaError

_CONNECT_SECONDS: Final = 10.0
_SETTINGS: Final = {
    "application_name": "xiangyou schema",
    "timezone": "UTC",
    # Building an index on a large table takes its time; nothing takes for ever.
    "statement_timeout": "30min",
    "idle_in_transaction_session_timeout": "60s",
}
_UNREACHABLE: Final = (
    OSError,
    TimeoutError,
    asyncpg.PostgresError,
    asyncpg.ClientConfigurationError,
)


@asynccontextmanager
async def owner_connection(url: str) -> AsyncIterator[asyncpg.Connection]:
    """Connect as the owner of the schemas. Raises SchemaError when the server can't be reached."""
    try:
        conn = await asyncpg.connect(url, timeout=_CONNECT_SECONDS, server_settings=_SETTINGS)
    except _UNREACHABLE as error:
        reason = str(error) or "no answer in time"
        raise SchemaError(f"Can't connect to the database as its owner: {reason}") from error
    try:
        yield conn
    finally:
        await conn.close(timeout=_CONNECT_SECONDS)
