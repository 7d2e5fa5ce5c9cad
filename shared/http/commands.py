"""Commands of a service beside running it: a database, its settings, an exit code."""

import asyncio
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final, TypeVar

from pydantic import SecretStr

from shared.core.errors import ApiError
from shared.core.sealing import Sealer
from shared.core.settings import ServiceSettings
from shared.db import Database
from shared.db.resealing import Progress, SealedColumn, reseal

AWAY: Final = 2

Settings = TypeVar("Settings", bound=ServiceSettings)
Command = Callable[[Database, Settings], Awaitable[int]]


def run_command(
    service: str,
    arguments: Sequence[str],
    commands: Mapping[str, Command[Settings]],
    load_settings: Callable[[], Settings],
    database_url: Callable[[Settings], SecretStr],
) -> int | None:
    """Run the command that the arguments name and return its exit code; None where none is."""
    command = commands.get(arguments[0]) if len(arguments) == 1 else None
    if command is None:
        return None

    async def run() -> int:
        settings = load_settings()
        url = database_url(settings).get_secret_value()
        database = await Database.connect(url, service=service, max_size=2)
        try:
            return await command(database, settings)
        finally:
            await database.close()

    try:
        return asyncio.run(run())
    except ApiError as error:
        sys.stderr.write(f"The database can't be reached ({error.code}).\n")
        return AWAY


async def reseal_columns(
    database: Database, sealer: Sealer, columns: Sequence[SealedColumn]
) -> int:
    """Seal everything by the current key and say how it goes; 1 where something is left."""
    whole = await reseal(database, sealer, columns, _tell)
    say("All is sealed by the current key." if whole else "Some is still sealed by other keys.")
    return 0 if whole else 1


def _tell(progress: Progress) -> None:
    broken = f", {progress.broken} can't be opened" if progress.broken else ""
    say(f"{progress.column}: {progress.renewed} sealed anew{broken}, {progress.left} left")


def say(line: str) -> None:
    """Show a line of a command's output at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
