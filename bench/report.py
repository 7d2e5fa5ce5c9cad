"""The table, at the terminal and in `docs/performance.md`."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from string import Template
from typing import Final

from rich.console import Console
from rich.table import Table

from bench.figures import Row
from bench.machine import describe
from bench.p4_events import FLOOD
from bench.p9_growth import FEW
from bench.references import HOT
from bench.run import Options
from deploy.local.options import ROOT

PAGE: Final = Path(__file__).with_name("page.md")
DOCUMENT: Final = ROOT / "docs" / "performance.md"
COLUMNS: Final = ("work", "measured", "reference, same run", "ratio", "goal", "reached")
WORDS: Final = {True: "yes", False: "**no**", None: ""}
COLOURS: Final = {True: "[green]yes[/]", False: "[red]no[/]", None: ""}


def show(rows: Sequence[Row], console: Console) -> None:
    """Print the table."""
    table = Table(*COLUMNS, title="How fast, compared with what")
    for row in rows:
        table.add_row(*_cells(row), COLOURS[row.reached])
    console.print(table)


def write(rows: Sequence[Row], options: Options, today: date) -> None:
    """Write the document anew."""
    page = Template(PAGE.read_text())
    DOCUMENT.write_text(
        page.substitute(
            day=today.isoformat(),
            repetitions=options.repetitions,
            seconds=options.seconds,
            machine="\n".join(f"| {name} | {value} |" for name, value in describe().items()),
            table="\n".join(_line(row) for row in rows),
            script=HOT.strip(),
            flood=f"{FLOOD:,}",
            few=f"{FEW:,}",
            stored=f"{options.stored_orders:,}",
        )
    )


def _line(row: Row) -> str:
    return f"| {' | '.join((*_cells(row), WORDS[row.reached]))} |"


def _cells(row: Row) -> tuple[str, ...]:
    return (row.work, row.figure, row.reference, row.ratio, row.goal)
