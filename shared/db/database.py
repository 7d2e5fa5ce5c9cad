"""One service's pool of connections to its own schema."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final, Self, TypeAlias

import asyncpg
import structlog
from asyncpg.pool import PoolConnectionProxy
from pydantic import JsonValue
from pydantic_core import from_json, to_json

from shared.db.errors import CONNECTION_LOST, raise_if_away

# What statements run on: a pooled connection, or one that is kept outside the pool.
Connection: TypeAlias = asyncpg.Connection | PoolConnectionProxy

# PostgreSQL marks the binary form of jsonb by a leading version byte.
_JSONB_VERSION: Final = b"\x01"
# The server gives up on a statement a little before the client does, so that a client that ran
# out of time knows that the server or the way to it is frozen, and drops the connection.
_CLIENT_GRACE: Final = 0.3
_CLOSE_TIMEOUT: Final = 5.0
_RELEASE_TIMEOUT: Final = 1.0

_log: Final = structlog.get_logger()


class Database:
    """A pool of connections that act as one service's role, in its schema.

    Sessions are not reset between uses, which saves a round trip each: settings and advisory
    locks on them must be those of a transaction (`set local`, `pg_advisory_xact_lock`).
    """

    def __init__(
        self, pool: asyncpg.Pool, url: str, settings: dict[str, str], acquire_timeout: float
    ) -> None:
        self._pool = pool
        self._acquire_timeout = acquire_timeout
        self._url = url
        self._settings = settings

    @classmethod
    async def connect(
        cls,
        url: str,
        *,
        service: str,
        min_size: int = 1,
        max_size: int = 8,
        acquire_timeout: float = 2.0,
        command_timeout: float = 2.5,
    ) -> Self:
        """Connect to the schema of a service; timeouts are in seconds.

        With the defaults a request hears within 3 s that the database is away. Work that is
        known to take long gets a pool of its own with a longer `command_timeout`. Raises
        Unavailable when the server can't be reached.
        """
        settings = _server_settings(service, command_timeout)
        try:
            async with asyncio.timeout(acquire_timeout + command_timeout):
                pool = await asyncpg.create_pool(
                    url,
                    min_size=min_size,
                    max_size=max_size,
                    command_timeout=command_timeout,
                    max_cached_statement_lifetime=0,
                    server_settings=settings,
                    init=_set_codecs,
                    reset=_keep_session,
                )
        except Exception as error:
            raise_if_away(error, closed=True)
            raise
        return cls(pool, url, settings, acquire_timeout)

    async def close(self) -> None:
        """Wait a little for connections in use, then close all."""
        try:
            async with asyncio.timeout(_CLOSE_TIMEOUT):
                await self._pool.close()
        except TimeoutError:
            self._pool.terminate()

    @asynccontextmanager
    async def session(self, **settings: str) -> AsyncIterator[asyncpg.Connection]:
        """Open a connection outside the pool, for what belongs to a session: a session's locks.

        `settings` are added to the server settings of the pool's connections. Statements run
        without a time limit of the client. Raises Unavailable when the server can't be reached.
        """
        try:
            async with asyncio.timeout(self._acquire_timeout):
                conn = await asyncpg.connect(self._url, server_settings=self._settings | settings)
                await _set_codecs(conn)
        except Exception as error:
            raise_if_away(error, closed=True)
            raise
        try:
            yield conn
        finally:
            await _close(conn)

    async def take(self) -> PoolConnectionProxy:
        """Take a connection out of the pool; `acquire` and `transaction` give it back.

        Raises Unavailable when none is free in time or the server is away.
        """
        try:
            async with asyncio.timeout(self._acquire_timeout):
                return await self._pool.acquire()
        except Exception as error:
            raise_if_away(error, closed=True)
            raise

    async def give_back(self, conn: PoolConnectionProxy) -> None:
        """Return a connection to the pool, which drops it where it is of no use any more."""
        try:
            await self._pool.release(conn, timeout=_RELEASE_TIMEOUT)
        except CONNECTION_LOST as error:
            _log.warning("database.connection_dropped", reason=type(error).__name__)

    async def ping(self) -> None:
        """Ask the server for a sign of life. Raises Unavailable when it gives none."""
        conn = await self.take()
        try:
            await conn.execute("select 1")
        except Exception as error:
            raise_if_away(error, closed=is_closed(conn))
            raise
        finally:
            await self.give_back(conn)


def is_closed(conn: Connection) -> bool:
    """Tell whether a connection is gone; the pool has then taken it from its user already."""
    try:
        return conn.is_closed()
    except asyncpg.InterfaceError:
        return True


def drop(conn: Connection) -> None:
    """Cut a connection without a word; the server rolls back when it finds out."""
    if not is_closed(conn):
        conn.terminate()


def _server_settings(service: str, command_timeout: float) -> dict[str, str]:
    statement_timeout = max(command_timeout - _CLIENT_GRACE, 0.1)
    return {
        "application_name": service,
        "search_path": f"{service}, extensions",
        "statement_timeout": _milliseconds(statement_timeout),
        "lock_timeout": _milliseconds(min(statement_timeout, 2.0)),
        # A process that freezes inside a transaction must not hold its locks for long.
        "idle_in_transaction_session_timeout": _milliseconds(max(command_timeout, 5.0)),
        # `current_date` and `::date` mean the villages' day.
        "timezone": "Asia/Shanghai",
        # Compiling pays for long analytical statements only.
        "jit": "off",
    }


def _milliseconds(seconds: float) -> str:
    return str(round(seconds * 1000))


async def _set_codecs(conn: Connection) -> None:
    await conn.set_type_codec(
        "jsonb",
        schema="pg_catalog",
        format="binary",
        encoder=_encode_jsonb,
        decoder=_decode_jsonb,
    )


def _encode_jsonb(value: object) -> bytes:
    return _JSONB_VERSION + to_json(value)


def _decode_jsonb(data: bytes) -> JsonValue:
    value: JsonValue = from_json(data[1:])
    return value


async def _keep_session(_conn: Connection) -> None:
    """Replace the pool's RESET ALL; an open transaction was rolled back before."""


async def _close(conn: asyncpg.Connection) -> None:
    try:
        await conn.close(timeout=1.0)
    except CONNECTION_LOST:
        conn.terminate()
