import re
from collections import defaultdict
from pathlib import Path

import asyncpg

from tests.support.databases import Clone
from tests.support.sql_constants import SqlConstant, is_statement, sql_constants

ROOT = Path(__file__).parents[2]
SHORTCUT = re.compile(r"\bpool\.(fetch\w*|execute\w*|copy_\w+)\(")


async def unprepared(database: Clone, constants: list[SqlConstant]) -> list[str]:
    """Return a line for each constant that PostgreSQL does not accept, run as its own role."""
    by_role = defaultdict(list)
    for constant in constants:
        by_role[constant.role].append(constant)
    complaints = []
    for role, own in by_role.items():
        url = database.owner_url if role == "owner" else database.url(role)
        conn = await asyncpg.connect(url)
        for constant in own:
            try:
                await conn.prepare(constant.sql)
            except asyncpg.PostgresError as error:
                complaints.append(f"{constant.name}: {error}")
        await conn.close()
    return complaints


async def test_every_sql_constant_fits_the_migrated_schema(database: Clone) -> None:
    constants = list(sql_constants("shared", "services"))
    assert len(constants) > 20
    assert await unprepared(database, constants) == []


async def test_a_statement_that_does_not_fit_is_found(database: Clone) -> None:
    planted = [
        SqlConstant("bookings", "good", "select id from outbox"),
        SqlConstant("bookings", "bad_column", "select nothing from outbox"),
        SqlConstant("bookings", "bad_syntax", "select id frm outbox where"),
        SqlConstant("bookings", "not_ours", "select id from venues.outbox"),
    ]
    assert all(is_statement(constant.sql) for constant in planted)
    found = [line.split(":")[0] for line in await unprepared(database, planted)]
    assert found == ["bad_column", "bad_syntax", "not_ours"]


def test_nobody_runs_statements_on_a_pool() -> None:
    # Their timeout does not cover waiting for a connection: `acquire` and `transaction` do.
    found = [
        f"{path.relative_to(ROOT)}: {match[0]}"
        for folder in ("shared", "services", "deploy")
        for path in sorted((ROOT / folder).rglob("*.py"))
        if (match := SHORTCUT.search(path.read_text(encoding="utf-8")))
    ]
    assert found == []
