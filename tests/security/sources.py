"""Our own code as trees, read once for all tests that look through it."""

import ast
from functools import cache
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
FOLDERS: Final = ("shared", "services")


@cache
def sources() -> dict[str, ast.Module]:
    """Return the tree of each file of the services and of what they share, by its path."""
    return {
        path.relative_to(ROOT).as_posix(): ast.parse(path.read_text(encoding="utf-8"))
        for folder in FOLDERS
        for path in sorted((ROOT / folder).rglob("*.py"))
    }
