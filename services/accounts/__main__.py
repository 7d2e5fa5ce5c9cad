"""Run the accounts service, or one of its commands.

`python -m services.accounts [--role all|api|worker]`
`python -m services.accounts verify-audit`
"""

import asyncio
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final

from services.accounts.app import build_app
from services.accounts.audit_chain import verify
from services.accounts.settings import AccountsSettings
from shared.core.errors import ApiError
from shared.db import Database
from shared.http.server import run_service

DESCRIPTION: Final = (
    "Xiangyou accounts: people, sessions, organisations. Commands: `verify-audit` walks the audit "
    "log."
)
AWAY: Final = 2

Command = Callable[[Database, AccountsSettings], Awaitable[int]]


def main(arguments: Sequence[str]) -> int:
    """Run what the command line asks for and return the exit code."""
    command = COMMANDS.get(arguments[0]) if len(arguments) == 1 else None
    if command is None:
        run_service(build_app, AccountsSettings, DESCRIPTION, arguments)
        return 0
    try:
        return asyncio.run(_run(command))
    except ApiError as error:
        print(f"The database can't be reached ({error.code}).", file=sys.stderr)
        return AWAY


async def _run(command: Command) -> int:
    settings = AccountsSettings()
    database = await Database.connect(
        settings.database_url.get_secret_value(), service="accounts", max_size=1
    )
    try:
        return await command(database, settings)
    finally:
        await database.close()


async def _verify_audit(database: Database, _settings: AccountsSettings) -> int:
    verdict = await verify(database)
    if verdict.fault is None:
        print(f"The audit log is whole: {verdict.entries} entries, OK.")
        return 0
    print(f"The audit log is broken after {verdict.entries} entries: {verdict.fault}.")
    return 1


COMMANDS: Final[Mapping[str, Command]] = {"verify-audit": _verify_audit}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
