"""No statement is put together from strings: what the database runs stands in the code.

That each of them is known to the schema is tests/architecture/test_sql_constants.py's business.
"""

import ast
from collections.abc import Iterator
from typing import Final

from tests.security.sources import sources

RUNNING: Final = {
    *("execute", "executemany", "fetch", "fetchrow", "fetchval", "prepare", "cursor"),
    *("fetch_all", "fetch_first", "fetch_one"),
}
# The owner's own tools: names of schemas, roles and databases of ours, quoted where they are made.
OF_THE_OWNER: Final = "shared/schema/"


def made_up(tree: ast.AST) -> Iterator[str]:
    """Yield each statement that is put together where it is run, or where it is named."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _called(node) in RUNNING:
            yield from (ast.unparse(one) for one in node.args if _is_made(one))


def _called(call: ast.Call) -> str:
    match call.func:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case _:
            return ""


def _is_made(value: ast.expr) -> bool:
    """Tell whether a text is filled in: by an f-string, by `+` or `%`, by `format` or `join`."""
    match value:
        case ast.JoinedStr():
            return True
        case ast.BinOp(left=left, op=ast.Add() | ast.Mod(), right=right):
            return any(
                isinstance(side, ast.Constant) and isinstance(side.value, str)
                for side in (left, right)
            ) or any(_is_made(side) for side in (left, right))
        case ast.Call(func=ast.Attribute(attr="format" | "join" | "replace")):
            return True
        case _:
            return False


def test_no_statement_is_made_of_strings() -> None:
    found = [
        f"{name}: {one}"
        for name, tree in sources()
        if not name.startswith(OF_THE_OWNER)
        for one in made_up(tree)
    ]
    assert found == []


def test_a_statement_that_is_made_is_found() -> None:
    for made in (
        'conn.fetch(f"select {x}")',
        'conn.execute("select " + x)',
        'conn.fetchval("select %s" % x)',
        'fetch_all(conn, Row, "select {}".format(x))',
        'conn.fetch(" union ".join(parts))',
    ):
        assert list(made_up(ast.parse(made))), made
    assert not list(made_up(ast.parse("conn.fetch(FIND, x + 1, limit * 2)")))
