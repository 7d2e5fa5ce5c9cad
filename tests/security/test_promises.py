"""docs/security.md names a test for each promise: the tests are there, and none is left out."""

import ast
import re
from pathlib import Path
from typing import Final

HERE: Final = Path(__file__).parent
ROOT: Final = HERE.parents[1]
NAMED: Final = re.compile(r"`((?:[a-z_]+/)*test_[a-z_0-9]+\.py)::(test_[a-z_0-9]+)`")
BEGIN: Final = "## Each promise and its test"


def rows() -> list[str]:
    """Return the rows of the table, without its head."""
    text = (ROOT / "docs/security.md").read_text(encoding="utf-8")
    section = text[text.index(BEGIN) :].split("\n## ")[0]
    return [line for line in section.splitlines() if line.startswith("| ")][1:]


def functions_of(file: Path) -> set[str]:
    """Return the names of the functions of a file."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return {node.name for node in ast.walk(tree) if isinstance(node, kinds)}


def place_of(file: str) -> Path:
    return ROOT / file if "/" in file else HERE / file


def test_every_promise_names_tests_that_exist() -> None:
    assert len(rows()) >= 40
    for row in rows():
        named = NAMED.findall(row)
        assert named, row
        # Nothing else stands there that looks like a test and is spelt wrongly.
        assert row.count("::") == len(named), row
        for file, test in named:
            assert place_of(file).exists(), file
            assert test in functions_of(place_of(file)), f"{file}::{test}"


def test_every_file_of_security_tests_shows_a_promise() -> None:
    named = {file for row in rows() for file, _ in NAMED.findall(row)}
    files = {path.name for path in HERE.glob("test_*.py")} - {Path(__file__).name}
    assert sorted(files - named) == []
