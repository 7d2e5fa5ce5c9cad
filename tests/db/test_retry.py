import asyncio

import pytest

from shared.core.errors import Unavailable
from shared.db import Database, acquire, retry, transaction

TAKE = "update places set taken = taken + 1 where id = $1"
CONFLICT = "do $$ begin raise exception 'again' using errcode = '40001'; end $$"


async def test_a_deadlocked_unit_is_run_again(pool: Database) -> None:
    tries = 0
    both_have_one = asyncio.Barrier(2)

    async def take(first: int, second: int) -> None:
        nonlocal tries
        tries += 1
        async with transaction(pool) as conn:
            await conn.execute(TAKE, first)
            if tries <= 2:
                await both_have_one.wait()
            await conn.execute(TAKE, second)

    await asyncio.gather(retry(lambda: take(1, 2)), retry(lambda: take(2, 1)))
    assert tries == 3
    async with acquire(pool) as conn:
        assert await conn.fetchval("select array_agg(taken) from places") == [2, 2]


async def test_endless_conflicts_end_in_unavailable(pool: Database) -> None:
    tries = 0

    async def unit() -> None:
        nonlocal tries
        tries += 1
        async with transaction(pool) as conn:
            await conn.execute(CONFLICT)

    with pytest.raises(Unavailable):
        await retry(unit)
    assert tries == 5


async def test_other_errors_are_not_tried_again(pool: Database) -> None:
    tries = 0

    async def unit() -> None:
        nonlocal tries
        tries += 1
        async with transaction(pool):
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await retry(unit)
    assert tries == 1


async def test_a_statement_prepared_before_a_migration_is_prepared_again(pool: Database) -> None:
    async def read() -> list[str]:
        async with transaction(pool) as conn:
            row = await conn.fetchrow("select * from places where id = 1")
            assert row is not None
            return list(row.keys())

    assert await retry(read) == ["id", "taken"]
    async with acquire(pool) as conn, acquire(pool) as other:
        await other.execute("alter table places add column note text")
        await conn.execute("select 1")
    assert await retry(read) == ["id", "taken", "note"]
