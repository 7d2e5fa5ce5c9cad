"""What a database has and what it still needs."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from shared.schema.connection import owner_connection
from shared.schema.files import read_migrations
from shared.schema.ledger import Applied, pending, read_ledger
from shared.schema.places import MIGRATIONS


@dataclass(frozen=True, slots=True)
class FileStatus:
    """One file and one target, and how they stand; `newer` is what only the database knows."""

    target: str
    file: str
    state: Literal["applied", "pending", "newer"]
    applied_at: datetime | None


async def status(owner_url: str, *, directory: Path = MIGRATIONS) -> list[FileStatus]:
    """Compare the files with the ledger; changes nothing.

    Raises SchemaError as `migrate` would, without applying anything.
    """
    migrations = read_migrations(directory)
    async with owner_connection(owner_url) as conn:
        ledger = await read_ledger(conn)
    waiting = pending(migrations, ledger)
    applied = {(row.target, row.folder, row.number): row for row in ledger}
    report: list[FileStatus] = []
    for migration in migrations:
        file = f"{migration.folder}/{migration.name}"
        if migration in waiting:
            report.append(FileStatus(migration.target, file, "pending", None))
        else:
            row = applied.pop((migration.target, migration.folder, migration.number))
            report.append(FileStatus(migration.target, file, "applied", row.applied_at))
    return report + [_newer(row) for row in applied.values()]


def _newer(row: Applied) -> FileStatus:
    return FileStatus(row.target, f"{row.folder}/{row.name}", "newer", row.applied_at)
