"""The edges that the code knows are those that the database lets pass, and no others."""

from collections.abc import Mapping
from itertools import product

import asyncpg
import pytest

from services.bookings.domain.states import CLAIM_EDGES, ORDER_EDGES
from tests.support.databases import Clone

# The guards of the real tables, on copies where nothing else could refuse.
GUARD_ORDERS = """
set search_path to bookings;
create temporary table lives as table orders with no data;
create trigger guard before update on lives
for each row execute function refuse_illegal_order_state();
"""
GUARD_CLAIMS = """
set search_path to bookings;
create temporary table lives as table order_lines with no data;
create trigger guard before update on lives
for each row execute function refuse_illegal_claim_state();
"""
ORDER = ("insert into lives (state) values ($1)", "update lives set state = $1")
CLAIM = ("insert into lives (claim_state) values ($1)", "update lives set claim_state = $1")


@pytest.mark.parametrize(
    ("guard", "steps", "edges"),
    [(GUARD_ORDERS, ORDER, ORDER_EDGES), (GUARD_CLAIMS, CLAIM, CLAIM_EDGES)],
    ids=["orders", "claims"],
)
async def test_the_database_lets_exactly_these_edges_pass(
    database: Clone,
    guard: str,
    steps: tuple[str, str],
    edges: Mapping[str, frozenset[str]],
) -> None:
    conn = await asyncpg.connect(database.owner_url)
    try:
        await conn.execute(guard)
        for earlier, later in product(edges, edges):
            if earlier == later:
                continue
            await conn.execute("truncate lives")
            await conn.execute(steps[0], earlier)
            try:
                await conn.execute(steps[1], later)
                passed = True
            except asyncpg.CheckViolationError:
                passed = False
            assert passed == (later in edges[earlier]), (earlier, later)
    finally:
        await conn.close()
