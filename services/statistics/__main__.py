"""Run the statistics service, or have its sums made anew.

`python -m services.statistics [--role all|api|worker]`
`python -m services.statistics recount [--check]`
"""

import argparse
import asyncio
import sys
from collections.abc import Sequence
from datetime import date

from services.statistics.app import build_app
from services.statistics.recount import compare, recount
from services.statistics.settings import StatisticsSettings
from shared.core.errors import ApiError
from shared.db import Database
from shared.http.server import run_service

DESCRIPTION = "Xiangyou statistics: visits booked and arrived. `recount --help` tells of its sums."


def main(arguments: Sequence[str]) -> int:
    """Run what the command line asks for and return the exit code."""
    if arguments[:1] != ["recount"]:
        run_service(build_app, StatisticsSettings, DESCRIPTION, arguments)
        return 0
    options = _recount_parser().parse_args(arguments[1:])
    try:
        return asyncio.run(_check() if options.check else _recount())
    except ApiError as error:
        print(f"The database can't be reached ({error.code}).", file=sys.stderr)
        return 2


def _recount_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m services.statistics recount",
        description="Make the sums of visits anew from their facts, in one transaction.",
    )
    parser.add_argument(
        "--check",
        action="store_true",
        help="change nothing; print the differences and exit with 1 where there are any",
    )
    return parser


async def _check() -> int:
    database = await _connect()
    try:
        wrong = await compare(database)
    finally:
        await database.close()
    for difference in wrong:
        print(difference)
    print(f"{len(wrong)} of the sums differ from their facts." if wrong else "All sums are right.")
    return 1 if wrong else 0


async def _recount() -> int:
    database = await _connect()
    try:
        wrong = await recount(database, _tell_month)
    finally:
        await database.close()
    for difference in wrong:
        print(f"corrected {difference}")
    print(f"Done: {len(wrong)} sums were wrong." if wrong else "Done: all sums were right.")
    return 0


def _tell_month(month: date, cells: int) -> None:
    print(f"{month:%Y-%m}: {cells} cells", flush=True)


async def _connect() -> Database:
    settings = StatisticsSettings()
    return await Database.connect(
        settings.database_url.get_secret_value(), service="statistics", max_size=1
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
