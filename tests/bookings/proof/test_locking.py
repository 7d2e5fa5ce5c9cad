"""The race for the last places is real: without the lock it is lost, with it it never is."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Final
from uuid import uuid4

import asyncpg
import pytest

from tests.support.databases import Clone

CAPACITY: Final = 10
BUYERS: Final = 50

ADD_POOL: Final = """
insert into pools (scope, subject_id, day, capacity, ceiling)
values ('slot', $1, current_date, $2, $2)
returning id
"""
READ: Final = "select pg_get_functiondef('take_places'::regproc)"
TAKE: Final = "select * from take_places(array[1], array[$1::bigint], array[1])"
LOCK: Final = "order by id\n        for no key update"
READ_AND_LOCKED: Final = "    ) as locked;\n"
# As long as a busy database takes to come back to a transaction.
A_MOMENT: Final = "    perform pg_sleep(0.02);\n"
ALLOW_TOO_MANY: Final = "alter table pools drop constraint pools_never_oversold"


@pytest.fixture
async def owner(database: Clone) -> AsyncIterator[asyncpg.Connection]:
    conn = await connect(database)
    yield conn
    await conn.close()


async def connect(database: Clone) -> asyncpg.Connection:
    settings = {"search_path": "bookings"}
    return await asyncpg.connect(database.owner_url, server_settings=settings)


async def switch_the_lock_off(owner: asyncpg.Connection) -> None:
    """Replace the function by itself without its lock, slowed down where it would hold it."""
    function = await owner.fetchval(READ)
    assert function.count(LOCK) == function.count(READ_AND_LOCKED) == 1
    unlocked = function.replace(LOCK, "order by id")
    await owner.execute(unlocked.replace(READ_AND_LOCKED, READ_AND_LOCKED + A_MOMENT))


async def rush(database: Clone, owner: asyncpg.Connection) -> tuple[int, int, int]:
    """Let fifty buyers take one of ten places each, all at once, each on its own connection.

    Return how many were told that they have a place, how many got an error, and what the pool
    says is taken.
    """
    pool_id = await owner.fetchval(ADD_POOL, uuid4(), CAPACITY)
    async with AsyncExitStack() as stack:
        conns = [await connect(database) for _ in range(BUYERS)]
        for conn in conns:
            stack.push_async_callback(conn.close)
        answers = await asyncio.gather(
            *(conn.fetch(TAKE, pool_id) for conn in conns), return_exceptions=True
        )
    failed = [answer for answer in answers if isinstance(answer, BaseException)]
    assert all(isinstance(error, asyncpg.CheckViolationError) for error in failed)
    # Only who is refused is named.
    granted = sum(1 for answer in answers if answer == [])
    taken: int = await owner.fetchval("select taken from pools where id = $1", pool_id)
    return granted, len(failed), taken


async def test_without_the_lock_places_are_sold_that_are_not_there(
    database: Clone, owner: asyncpg.Connection
) -> None:
    """Nothing but the lock and the constraint is taken away, and more than all is sold.

    So buyers really do meet between the look at a pool and the write to it, and the tests that
    see exactly the capacity sold would see it if the lock did not work.
    """
    await switch_the_lock_off(owner)
    await owner.execute(ALLOW_TOO_MANY)
    granted, failed, taken = await rush(database, owner)
    assert failed == 0
    assert granted > CAPACITY
    assert taken == granted


async def test_without_the_lock_the_database_still_refuses_to_oversell(
    database: Clone, owner: asyncpg.Connection
) -> None:
    """The constraint is the second wall: buyers get errors then, but nobody gets a place twice."""
    await switch_the_lock_off(owner)
    granted, failed, taken = await rush(database, owner)
    assert granted == taken == CAPACITY
    assert failed > 0


async def test_with_the_lock_exactly_what_there_is_gets_sold(
    database: Clone, owner: asyncpg.Connection
) -> None:
    """The same rush by the function as it is: ten get a place, forty are told that none is left."""
    for _ in range(5):
        assert await rush(database, owner) == (CAPACITY, 0, CAPACITY)
