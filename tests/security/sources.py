"""Our own code as trees, for tests that look through it."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
FOLDERS: Final = ("shared", "services")


def sources() -> Iterator[tuple[str, ast.Module]]:
    """Yield each file of the services and of what they share: its path, and its tree.

    One after the other: all trees together are half a million objects.
    """
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*.py")):
            yield path.relative_to(ROOT).as_posix(), ast.parse(path.read_text(encoding="utf-8"))
