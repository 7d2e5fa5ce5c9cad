"""What has been applied: the table `migrations.applied`, and the lock around changing it."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from time import monotonic
from typing import Final

import asyncpg
import structlog

from shared.db.rows import fetch_all
from shared.schema.errors import SchemaError
from shared.schema.files import Migration

# Any number will do, as long as nobody else uses it: "xiang" in a phone's digits.
LOCK: Final = 94264

LEDGER_EXISTS: Final = "select to_regclass('migrations.applied') is not null"
SELECT_APPLIED: Final = """
    select target, folder, number, name, checksum, applied_at
    from migrations.applied
    order by target, folder, number
"""
INSERT_APPLIED: Final = """
    insert into migrations.applied (target, folder, number, name, checksum)
    values ($1, $2, $3, $4, $5)
"""
# Not a migration itself, so it never changes: what is to be known about files is all here.
_CREATE_LEDGER: Final = """
    create schema if not exists migrations;
    create table if not exists migrations.applied (
        target text not null,
        folder text not null,
        number integer not null,
        name text not null,
        checksum bytea not null,
        applied_at timestamptz not null default now(),
        primary key (target, folder, number)
    );
"""
_POLL_SECONDS: Final = 0.1

_log: Final = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Applied:
    """A file that was applied, as the ledger remembers it."""

    target: str
    folder: str
    number: int
    name: str
    checksum: bytes
    applied_at: datetime


@asynccontextmanager
async def migration_lock(conn: asyncpg.Connection, patience: float) -> AsyncIterator[None]:
    """Hold the lock that one migrating process at a time has; it ends with the connection too.

    Waits up to `patience` seconds, then raises SchemaError.
    """
    deadline = monotonic() + patience
    told = False
    while not await conn.fetchval("select pg_try_advisory_lock($1)", LOCK):
        if not told:
            _log.info("schema.waiting", reason="another process is migrating")
            told = True
        if monotonic() > deadline:
            raise SchemaError(
                f"Another process has been migrating this database for over {patience:g} s; "
                "look at it, then start again."
            )
        await asyncio.sleep(_POLL_SECONDS)
    try:
        yield
    finally:
        if not conn.is_closed():
            await conn.execute("select pg_advisory_unlock($1)", LOCK)


async def create_ledger(conn: asyncpg.Connection) -> None:
    """Create the ledger where it does not exist yet."""
    if not await conn.fetchval(LEDGER_EXISTS):
        await conn.execute(_CREATE_LEDGER)


async def read_ledger(conn: asyncpg.Connection) -> list[Applied]:
    """Return what was applied; nothing, where there is no ledger yet."""
    if not await conn.fetchval(LEDGER_EXISTS):
        return []
    return await fetch_all(conn, Applied, SELECT_APPLIED)


async def record(conn: asyncpg.Connection, migration: Migration) -> None:
    """Write a file into the ledger, in the transaction that applies it."""
    await conn.execute(
        INSERT_APPLIED,
        migration.target,
        migration.folder,
        migration.number,
        migration.name,
        migration.checksum,
    )


def pending(migrations: Sequence[Migration], ledger: Sequence[Applied]) -> list[Migration]:
    """Return the files that are still to be applied, in order.

    Files that only the ledger knows come from a newer release and are none of our business.
    Raises SchemaError for a file that changed after it was applied, and for one that comes
    before others that were applied.
    """
    applied = {(row.target, row.folder, row.number): row for row in ledger}
    last = {(row.target, row.folder): row for row in ledger}
    waiting = []
    for migration in migrations:
        key = (migration.target, migration.folder)
        row = applied.get((*key, migration.number))
        if row is not None:
            _check_unchanged(migration, row)
        elif key in last and last[key].number > migration.number:
            raise SchemaError(
                f"{migration.label} is out of order: {last[key].name} was applied already. "
                "Give it the next free number."
            )
        else:
            waiting.append(migration)
    return waiting


def _check_unchanged(migration: Migration, row: Applied) -> None:
    if migration.name != row.name:
        raise SchemaError(
            f"{migration.label} was applied under the name {row.name}; "
            "rename it back, or give the new file the next free number."
        )
    if migration.checksum != row.checksum:
        raise SchemaError(
            f"{migration.label} was changed after it was applied on {row.applied_at:%Y-%m-%d}; "
            "put it back as it was and write a new file for the change."
        )
