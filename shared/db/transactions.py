"""Connections and transactions for the length of a block."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Final, TypeAlias

import asyncpg
import structlog
from asyncpg.transaction import Transaction

from shared.db.database import Connection, Database, drop, is_closed
from shared.db.errors import (
    CONNECTION_LOST,
    RETRY_AFTER,
    CommitUnknown,
    is_away,
    is_rolled_back,
    raise_if_away,
    unavailable,
)

Callback: TypeAlias = Callable[[], None]

_log: Final = structlog.get_logger()
# What waits for the commit of the transactions that are open now.
_waiting: Final[dict[Connection, list[Callback]]] = {}


@asynccontextmanager
async def acquire(database: Database) -> AsyncIterator[Connection]:
    """Lend a connection for the block; each statement commits by itself.

    Raises Unavailable when there is no connection in time, or the server goes away meanwhile.
    """
    conn = await database.take()
    try:
        yield conn
    except Exception as error:
        raise_if_away(error, closed=is_closed(conn))
        raise
    finally:
        await database.give_back(conn)


@asynccontextmanager
async def transaction(database: Database, *, one_moment: bool = False) -> AsyncIterator[Connection]:
    """Lend a connection in a transaction: it commits at the block's end, an error rolls it back.

    With `one_moment` all statements see the database as of the first one, and only read.
    No network call belongs inside. Savepoints are `async with conn.transaction()`. Raises
    Unavailable when nothing was done, CommitUnknown when that can't be known. Where the task is
    cancelled while it commits, the commit and what waits for it are finished first.
    """
    conn = await database.take()
    _waiting[conn] = []
    try:
        work = conn.transaction(
            isolation="repeatable_read" if one_moment else None, readonly=one_moment
        )
        try:
            await work.start()
            yield conn
        except BaseException as error:
            await _roll_back(conn, work, error)
            raise_if_away(error, closed=is_closed(conn))
            raise
        await _commit(conn, work)
    finally:
        del _waiting[conn]
        await database.give_back(conn)


async def fetch_committed(database: Database, sql: str, *args: object) -> list[asyncpg.Record]:
    """Run one statement that is a transaction of its own, and return its rows once it committed.

    It saves the round trips of BEGIN and COMMIT. Raises Unavailable when nothing was done,
    CommitUnknown when that can't be known.
    """
    conn = await database.take()
    try:
        rows: list[asyncpg.Record] = await conn.fetch(sql, *args)
    except Exception as error:
        closed = is_closed(conn)
        if is_away(error, closed=closed) and not is_rolled_back(error):
            _log.warning("database.commit_unknown", reason=type(error).__name__)
            drop(conn)
            raise CommitUnknown(headers=RETRY_AFTER) from error
        raise_if_away(error, closed=closed)
        raise
    else:
        return rows
    finally:
        await database.give_back(conn)


def after_commit(conn: Connection, callback: Callback) -> None:
    """Have a callback run as soon as the connection's transaction has committed, once.

    For wake-ups within the process only: it is not run if the process dies, nor after a commit
    whose outcome is unknown. Its errors are logged. Raises LookupError outside `transaction()`.
    """
    callbacks = _waiting.get(conn)
    if callbacks is None:
        raise LookupError("after_commit needs the connection of an open transaction()")
    if callback not in callbacks:
        callbacks.append(callback)


async def _roll_back(conn: Connection, work: Transaction, error: BaseException) -> None:
    if isinstance(error, TimeoutError):
        # Server or network are frozen: asking for a rollback would freeze as well. The server
        # rolls back when it finds the connection gone.
        drop(conn)
    if is_closed(conn):
        return
    try:
        await work.rollback()
    except CONNECTION_LOST:
        drop(conn)


async def _commit(conn: Connection, work: Transaction) -> None:
    if is_closed(conn):
        raise unavailable()
    # A task of its own: cancelling a COMMIT on its way would only hide that it happened.
    commit = asyncio.create_task(work.commit())
    cancelled = False
    while not commit.done():
        try:
            await asyncio.wait((commit,))
        except asyncio.CancelledError:
            cancelled = True
    if cancelled:
        with suppress(Exception):
            _conclude(conn, commit)
        raise asyncio.CancelledError
    _conclude(conn, commit)


def _conclude(conn: Connection, commit: asyncio.Task[None]) -> None:
    error = commit.exception()
    if error is None:
        for callback in _waiting[conn]:
            _run(callback)
    elif is_rolled_back(error):
        raise_if_away(error, closed=is_closed(conn))
        raise error
    else:
        _log.warning("database.commit_unknown", reason=type(error).__name__)
        drop(conn)
        raise CommitUnknown(headers=RETRY_AFTER) from error


def _run(callback: Callback) -> None:
    try:
        callback()
    except Exception:  # noqa: BLE001 - what is committed can't fail any more
        _log.exception("database.after_commit_failed")
