"""Measure: `python -m bench [--only P1,P3] [--repetitions 3]`; `make bench` measures all."""

import argparse
import logging
import sys
from collections.abc import Awaitable, Callable
from datetime import date
from pathlib import Path
from typing import Final

import structlog
import uvloop
from rich.console import Console

from bench import (
    p1_one_session,
    p2_thousand_sessions,
    p3_lone_client,
    p4_events,
    p5_search,
    p9_growth,
    report,
)
from bench.catalogue import District
from bench.figures import Row
from bench.run import Options, Run
from bench.stack import fresh_stack

Measure = Callable[[Run], Awaitable[list[Row]]]

MEASUREMENTS: Final[dict[str, Measure]] = {
    "P1": p1_one_session.measure,
    "P2": p2_thousand_sessions.measure,
    "P3": p3_lone_client.measure,
    "P4": p4_events.measure,
    "P5": p5_search.measure,
    "P9": p9_growth.measure,
}
WIDTH: Final = 170
STORED: Final = 1_000_000
STORED_FULL: Final = 10_000_000


def main() -> None:
    """Measure what was asked for, print the table, and keep it where all was measured."""
    arguments = _parser().parse_args()
    # The preparations are our own code in this process; what they log is of no interest.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    # A file gets the whole table in one piece.
    console = Console() if sys.stdout.isatty() else Console(width=WIDTH)
    options = Options(
        arguments.repetitions,
        arguments.seconds,
        STORED_FULL if arguments.full else STORED,
        arguments.profile,
    )
    rows = uvloop.run(_measure(arguments.only, options, console))
    report.show(rows, console)
    if set(arguments.only) == set(MEASUREMENTS) and options.profile is None:
        report.write(rows, options, date.today())  # noqa: DTZ011 - the day of whoever measured
        console.print("docs/performance.md is written.")


async def _measure(names: list[str], options: Options, console: Console) -> list[Row]:
    rows = []
    # Drawing costs processor time too, so it is done rarely.
    with console.status("starting a database", refresh_per_second=2) as status:
        async with fresh_stack() as stack, stack.database("bookings") as database:
            district = await District.publish(database)
            run = Run(options, stack, database, district, status.update)
            for name in names:
                rows += await MEASUREMENTS[name](run)
    return rows


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m bench",
        description="Measure the platform beside reference programs, in one run.",
        epilog="A run needs a quiet machine. Only a run of everything writes docs/performance.md.",
    )
    parser.add_argument(
        "--only", type=_names, default=list(MEASUREMENTS), help="some of them, as in P1,P3"
    )
    parser.add_argument("--repetitions", type=int, default=3, help="how often each (default: 3)")
    parser.add_argument("--seconds", type=int, default=10, help="how long each (default: 10)")
    parser.add_argument(
        "--full", action="store_true", help="P9 with 10 million stored orders, not 1 million"
    )
    parser.add_argument(
        "--profile", type=Path, help="a folder for flame graphs; the figures suffer a little"
    )
    return parser


def _names(text: str) -> list[str]:
    names = text.upper().split(",")
    if unknown := sorted(set(names) - set(MEASUREMENTS)):
        raise argparse.ArgumentTypeError(
            f"there is no {', '.join(unknown)}; there are {', '.join(MEASUREMENTS)}"
        )
    return names


if __name__ == "__main__":
    main()
