"""One run: what every measurement is given."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bench.catalogue import District
from bench.stack import Stack
from shared.db import Database


@dataclass(frozen=True)
class Options:
    """What a person chose: how often and how long (seconds), how many stored orders P9 wants."""

    repetitions: int
    seconds: int
    stored_orders: int
    profile: Path | None


@dataclass(frozen=True)
class Run:
    """The parts of the run, and where to tell what goes on."""

    options: Options
    stack: Stack
    database: Database
    district: District
    say: Callable[[str], None]
