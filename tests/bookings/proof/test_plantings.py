"""Each statement of `make verify` finds what breaks its promise: planted, found, undone."""

from collections.abc import AsyncIterator
from typing import Final

import asyncpg
import pytest

from deploy.local.postgres import EmbeddedPostgres
from deploy.verify.invariants import PROMISES
from tests.bookings.proof.planted_money import MONEY
from tests.bookings.proof.planted_places import SEATS, TICKETS
from tests.bookings.proof.plantings import CHOOSE
from tests.bookings.proof.populated import populate
from tests.bookings.proof.stage import OWN, Proof, broken_in, proving
from tests.support.databases import clone

PLANTED: Final = {**SEATS, **MONEY, **TICKETS}


@pytest.fixture(scope="module")
async def populated(
    postgres: EmbeddedPostgres, template: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Proof]:
    async with (
        clone(postgres, template) as database,
        proving(database, tmp_path_factory.mktemp("populated")) as proof,
    ):
        await populate(proof)
        assert await proof.broken() == {}
        yield proof


@pytest.fixture
async def conn(populated: Proof) -> AsyncIterator[asyncpg.Connection]:
    """Give a transaction without triggers, which leaves no trace."""
    undone = populated.owner.transaction(isolation="repeatable_read")
    await undone.start()
    try:
        await populated.owner.execute("set local session_replication_role = replica")
        await populated.owner.execute("set local search_path = bookings")
        await populated.owner.execute(CHOOSE)
        yield populated.owner
    finally:
        await undone.rollback()


async def test_there_is_one_of_everything_to_plant_in(conn: asyncpg.Connection) -> None:
    row = await conn.fetchrow("select * from chosen")
    assert row is not None
    assert [name for name, value in row.items() if value is None] == []


@pytest.mark.parametrize("planted", PLANTED)
async def test_a_planted_violation_is_found(conn: asyncpg.Connection, planted: str) -> None:
    planting = PLANTED[planted]
    await conn.execute(planting.sql)
    assert (await broken_in(conn)).keys() == planting.broken
    found = [row[0] for row in await conn.fetch(planting.found_by)]
    assert any(planting.says in line for line in found)


def test_each_statement_has_something_to_find() -> None:
    statements = {statement for name in OWN for statement in PROMISES[name].statements}
    assert {planting.found_by for planting in PLANTED.values()} == statements
