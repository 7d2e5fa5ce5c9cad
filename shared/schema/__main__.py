"""`python -m shared.schema`: look at the database's schema and bring it up to date."""

import argparse
import asyncio
import logging
import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

import structlog

from shared.schema.errors import SchemaError
from shared.schema.migrate import migrate
from shared.schema.places import MIGRATIONS, SNAPSHOT
from shared.schema.settings import SchemaSettings
from shared.schema.snapshot import snapshot_of_migrations
from shared.schema.status import FileStatus, status

DONE: Final = 0
FAILED: Final = 1
PENDING: Final = 3

_EPILOG: Final = """\
The database is SCHEMA_DATABASE_URL, as the role that owns all schemas. Each service's role gets
the password that its own address names (ACCOUNTS_DATABASE_URL, ...).
Exit codes: 0 all is well, 1 it failed, 3 something is to be done (pending, or a stale snapshot).
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    options = _parser().parse_args(arguments)
    # Standard output is for the answer.
    structlog.configure(
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
    )
    try:
        settings = SchemaSettings()
        match options.command:
            case "status":
                return asyncio.run(_status(settings, options.directory))
            case "migrate":
                return asyncio.run(_migrate(settings, options.directory, options.wait))
            case _:
                return asyncio.run(_snapshot(settings, options.directory, check=options.check))
    except SchemaError as error:
        print(error, file=sys.stderr)
        return FAILED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m shared.schema",
        description="The database's schema: what is applied, what is pending, and doing it.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--directory", type=Path, default=MIGRATIONS, help="folder of migrations (default: ours)"
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    commands.add_parser("status", help="list the migrations; exit code 3 where some are pending")
    apply = commands.add_parser("migrate", help="create roles and schemas, apply what is pending")
    apply.add_argument(
        "--wait",
        type=float,
        default=60.0,
        metavar="SECONDS",
        help="how long to wait for another process that migrates (default: 60)",
    )
    snapshot = commands.add_parser(
        "snapshot", help="write shared/schema/snapshot.sql, from a database made for this"
    )
    snapshot.add_argument(
        "--check", action="store_true", help="write nothing; exit code 3 where the file is stale"
    )
    return parser


async def _status(settings: SchemaSettings, directory: Path) -> int:
    report = await status(settings.owner_url(), directory=directory)
    _print_table(report)
    pending = sum(row.state == "pending" for row in report)
    print(f"\n{pending} pending." if pending else "\nUp to date.")
    return PENDING if pending else DONE


def _print_table(report: Sequence[FileStatus]) -> None:
    rows = [("SCHEMA", "FILE", "STATE", "APPLIED AT")]
    rows += [(row.target, row.file, row.state, _moment(row.applied_at)) for row in report]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for cells in rows:
        line = "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True))
        print(line.rstrip())


def _moment(instant: datetime | None) -> str:
    return "" if instant is None else f"{instant:%Y-%m-%d %H:%M:%S}"


async def _migrate(settings: SchemaSettings, directory: Path, patience: float) -> int:
    applied = await migrate(
        settings.owner_url(), settings.passwords(), directory=directory, patience=patience
    )
    for label in applied:
        print(f"applied  {label}")
    print(f"{len(applied)} applied, all up to date." if applied else "Nothing to do: up to date.")
    return DONE


async def _snapshot(settings: SchemaSettings, directory: Path, *, check: bool) -> int:
    text = await snapshot_of_migrations(
        settings.owner_url(), settings.passwords(), directory=directory
    )
    if check:
        fresh = SNAPSHOT.is_file() and SNAPSHOT.read_text(encoding="utf-8") == text
        print("The snapshot is fresh." if fresh else "shared/schema/snapshot.sql is stale.")
        return DONE if fresh else PENDING
    SNAPSHOT.write_text(text, encoding="utf-8")
    print(f"Wrote {SNAPSHOT}.")
    return DONE


if __name__ == "__main__":
    sys.exit(main())
