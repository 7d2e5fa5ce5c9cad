"""Migration files: `<folder>/NNNN_verb_noun.sql`, read in order and checked."""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from shared.schema.errors import SchemaError
from shared.schema.places import DATABASE, EVERY_SERVICE, SERVICES

_FILE_NAME: Final = re.compile(r"(?P<number>\d{4})_[a-z0-9]+(_[a-z0-9]+)+\.sql")
# A file is one transaction, ours. `begin` and `end` of function bodies are not followed by `;`
# or stand alone, so they are not meant here.
_TRANSACTION_CONTROL: Final = re.compile(
    r"^\s*(begin|commit|rollback|start\s+transaction)(\s+(work|transaction))?\s*;",
    re.IGNORECASE | re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class Migration:
    """One file, applied to one target: the database itself, or a service's schema."""

    target: str
    folder: str
    number: int
    name: str
    sql: str

    @property
    def checksum(self) -> bytes:
        """Return the SHA-256 of the file."""
        return hashlib.sha256(self.sql.encode()).digest()

    @property
    def label(self) -> str:
        """Return how messages call the file."""
        place = f" in {self.target}" if self.folder == EVERY_SERVICE else ""
        return f"{self.folder}/{self.name}{place}"

    def line_of(self, position: int) -> int:
        """Return the line of a character, both counted from 1."""
        return self.sql.count("\n", 0, position - 1) + 1


def read_migrations(directory: Path) -> list[Migration]:
    """Return every migration in the order of application.

    The database's own come first, then each service's: those of every service, then its own.
    Raises SchemaError for an unknown folder, a name that is not `NNNN_verb_noun.sql`, a number
    that is missing or given twice, and a file that ends its own transaction.
    """
    _check_folders(directory)
    found = _read_folder(directory, DATABASE, DATABASE)
    for service in SERVICES:
        found += _read_folder(directory, EVERY_SERVICE, service)
        found += _read_folder(directory, service, service)
    return found


def _check_folders(directory: Path) -> None:
    known = {DATABASE, EVERY_SERVICE, *SERVICES}
    for path in sorted(directory.iterdir()):
        if path.name not in known:
            raise SchemaError(f"{path} does not belong to any service: there is no {path.name}.")


def _read_folder(directory: Path, folder: str, target: str) -> list[Migration]:
    place = directory / folder
    paths = sorted(place.iterdir()) if place.is_dir() else []
    migrations = [_read_file(path, folder, target) for path in paths]
    _check_numbers(folder, migrations)
    return migrations


def _read_file(path: Path, folder: str, target: str) -> Migration:
    match = _FILE_NAME.fullmatch(path.name)
    if match is None:
        raise SchemaError(f"{folder}/{path.name} should be called like 0001_create_orders.sql.")
    sql = path.read_text(encoding="utf-8")
    migration = Migration(target, folder, int(match["number"]), path.name, sql)
    if control := _TRANSACTION_CONTROL.search(sql):
        line = migration.line_of(control.start(1) + 1)
        raise SchemaError(
            f"{migration.label}, line {line}: a file is one transaction as a whole, "
            f"so it can't say {control[1].lower()}."
        )
    return migration


def _check_numbers(folder: str, migrations: Iterable[Migration]) -> None:
    previous = 0
    for migration in migrations:
        if migration.number == previous:
            raise SchemaError(f"{folder} has two files with the number {previous:04}.")
        if migration.number != previous + 1:
            raise SchemaError(
                f"{migration.label} is out of order: number {previous + 1:04} is missing."
            )
        previous = migration.number
