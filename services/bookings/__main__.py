"""Run the bookings service, or one of its commands.

`python -m services.bookings [--role all|api|worker]`
`python -m services.bookings reseal`
"""

import sys
from collections.abc import Mapping, Sequence
from typing import Final

from services.bookings.app import build_app
from services.bookings.resealing import COLUMNS
from services.bookings.settings import BookingsSettings
from shared.core.sealing import Sealer
from shared.core.secret_keys import keys_by_id
from shared.db import Database
from shared.http.commands import Command, reseal_columns, run_command
from shared.http.server import run_service

DESCRIPTION: Final = (
    "Xiangyou bookings: sells places in villages, each exactly once. Orders, payments and refunds, "
    "tickets and check-ins, waiting lists. It needs PostgreSQL (BOOKINGS_DATABASE_URL) with the "
    "schema applied by `python -m shared.schema migrate`, and Kafka where events are sent. The API "
    "is explained at /docs; `make run` starts everything with sample data. The command `reseal` "
    "seals contacts by the current key."
)


def main(arguments: Sequence[str]) -> int:
    """Run what the command line asks for and return the exit code."""
    status = run_command(
        "bookings", arguments, COMMANDS, BookingsSettings, lambda settings: settings.database_url
    )
    if status is None:
        run_service(build_app, BookingsSettings, DESCRIPTION, arguments)
        return 0
    return status


async def _reseal(database: Database, settings: BookingsSettings) -> int:
    sealer = Sealer(keys_by_id(settings.sealing_keys), settings.sealing_key_id)
    return await reseal_columns(database, sealer, COLUMNS)


COMMANDS: Final[Mapping[str, Command[BookingsSettings]]] = {"reseal": _reseal}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
