"""Bring a database up to date: each file once, in order, whole or not at all."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import asyncpg
import structlog

from shared.schema.connection import owner_connection
from shared.schema.errors import SchemaError
from shared.schema.files import Migration, read_migrations
from shared.schema.ledger import create_ledger, migration_lock, pending, read_ledger, record
from shared.schema.places import DATABASE, MIGRATIONS
from shared.schema.roles import prepare_roles

_TRIES: Final = 5

_log: Final = structlog.get_logger()


async def migrate(
    owner_url: str,
    roles: Mapping[str, str],
    *,
    directory: Path = MIGRATIONS,
    patience: float = 60.0,
    lock_timeout: float = 2.0,
) -> list[str]:
    """Apply what is pending and return its labels; `roles` are the services' passwords.

    Any number of processes may call this at once: one works, the others wait up to `patience`
    seconds. A file waits `lock_timeout` seconds for the locks of running requests, so that it
    does not hold up those behind it, and is tried five times. Raises SchemaError; the file that
    failed has left nothing behind, those before it stay applied.
    """
    migrations = read_migrations(directory)
    async with owner_connection(owner_url) as conn, migration_lock(conn, patience):
        await create_ledger(conn)
        waiting = pending(migrations, await read_ledger(conn))
        await prepare_roles(conn, roles)
        for migration in waiting:
            await _apply_patiently(conn, migration, lock_timeout)
            _log.debug("schema.applied", file=migration.label)
        return [migration.label for migration in waiting]


async def _apply_patiently(
    conn: asyncpg.Connection, migration: Migration, lock_timeout: float
) -> None:
    for tries_left in reversed(range(_TRIES)):
        try:
            await _apply(conn, migration, lock_timeout)
        except (asyncpg.LockNotAvailableError, asyncpg.DeadlockDetectedError) as error:
            _log.info("schema.locked", file=migration.label, tries_left=tries_left)
            if tries_left == 0:
                raise SchemaError(
                    f"{migration.label} did not get its locks in {_TRIES} tries: "
                    "a transaction keeps the table in use. Nothing of this file was applied."
                ) from error
            await asyncio.sleep(lock_timeout)
        except asyncpg.PostgresError as error:
            raise SchemaError(_explain(migration, error)) from error
        else:
            return


async def _apply(conn: asyncpg.Connection, migration: Migration, lock_timeout: float) -> None:
    async with conn.transaction():
        schemas = "public" if migration.target == DATABASE else f"{migration.target}, extensions"
        await conn.execute(f"set local search_path = {schemas}")
        await conn.execute(f"set local lock_timeout = {round(lock_timeout * 1000)}")
        await conn.execute(migration.sql)
        await record(conn, migration)


def _explain(migration: Migration, error: asyncpg.PostgresError) -> str:
    place = migration.label
    if error.position is not None:
        place = f"{place}, line {migration.line_of(int(error.position))}"
    more = [f"{text}." for text in (error.detail, error.hint) if text]
    return " ".join([f"{place}: {error}.", *more, "Nothing of this file was applied."])
