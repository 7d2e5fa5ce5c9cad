"""Run the accounts service, or one of its commands.

`python -m services.accounts [--role all|api|worker]`
`python -m services.accounts verify-audit`
`python -m services.accounts reseal`
`python -m services.accounts new-signing-key`
"""

import sys
from collections.abc import Mapping, Sequence
from typing import Final

from services.accounts.app import build_app, sealer_of
from services.accounts.audit_chain import verify
from services.accounts.new_signing_key import new_signing_key
from services.accounts.resealing import COLUMNS
from services.accounts.settings import AccountsSettings
from shared.core.clock import SystemClock, today
from shared.db import Database
from shared.http.commands import Command, reseal_columns, run_command, say
from shared.http.server import run_service

DESCRIPTION: Final = (
    "Xiangyou accounts: people, sessions, organisations. Commands: `verify-audit` walks the audit "
    "log, `reseal` seals what is kept of people by the current key, `new-signing-key` shows the "
    "settings with one more key."
)


def main(arguments: Sequence[str]) -> int:
    """Run what the command line asks for and return the exit code."""
    if list(arguments) == ["new-signing-key"]:
        say(new_signing_key(AccountsSettings(), today(SystemClock())))
        return 0
    status = run_command(
        "accounts", arguments, COMMANDS, AccountsSettings, lambda settings: settings.database_url
    )
    if status is None:
        run_service(build_app, AccountsSettings, DESCRIPTION, arguments)
        return 0
    return status


async def _verify_audit(database: Database, _settings: AccountsSettings) -> int:
    verdict = await verify(database)
    if verdict.fault is None:
        print(f"The audit log is whole: {verdict.entries} entries, OK.")
        return 0
    print(f"The audit log is broken after {verdict.entries} entries: {verdict.fault}.")
    return 1


async def _reseal(database: Database, settings: AccountsSettings) -> int:
    return await reseal_columns(database, sealer_of(settings), COLUMNS)


COMMANDS: Final[Mapping[str, Command[AccountsSettings]]] = {
    "verify-audit": _verify_audit,
    "reseal": _reseal,
}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
