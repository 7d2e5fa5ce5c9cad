import asyncio
from typing import Literal

import asyncpg
import pytest

from shared.core.errors import ApiError, Unavailable
from shared.db import (
    CommitUnknown,
    Database,
    acquire,
    after_commit,
    constraint_errors,
    retry,
    transaction,
)
from tests.support.databases import Clone
from tests.support.proxies import commit_proxy

TAKE = "update places set taken = taken + 1 where id = 1"
TAKEN = "select taken from places where id = 1"


class SoldOut(ApiError):
    status = 409
    code = "sold_out"


class NoSuchPlace(ApiError):
    status = 409
    code = "no_such_place"


async def taken(pool: Database) -> int:
    async with acquire(pool) as conn:
        found: int = await conn.fetchval(TAKEN)
        return found


async def test_a_block_that_ends_well_is_committed(pool: Database) -> None:
    async with transaction(pool) as conn:
        await conn.execute(TAKE)
    assert await taken(pool) == 1


async def test_all_statements_of_one_moment_see_the_same_and_only_read(pool: Database) -> None:
    async with transaction(pool, one_moment=True) as conn:
        before = await conn.fetchval(TAKEN)
        async with transaction(pool) as other:
            await other.execute(TAKE)
        assert await conn.fetchval(TAKEN) == before
    with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
        async with transaction(pool, one_moment=True) as conn:
            await conn.execute(TAKE)
    assert await taken(pool) == before + 1


async def test_a_block_that_fails_is_rolled_back(pool: Database) -> None:
    with pytest.raises(RuntimeError):
        async with transaction(pool) as conn:
            await conn.execute(TAKE)
            raise RuntimeError
    assert await taken(pool) == 0


async def test_a_cancelled_block_is_rolled_back(pool: Database) -> None:
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1), transaction(pool) as conn:
            await conn.execute(TAKE)
            await conn.execute("select pg_sleep(5)")
    assert await taken(pool) == 0


async def test_a_savepoint_fails_by_itself(pool: Database) -> None:
    async with transaction(pool) as conn:
        await conn.execute(TAKE)
        with pytest.raises(asyncpg.CheckViolationError):
            async with conn.transaction():
                await conn.execute("update places set taken = 9")
    assert await taken(pool) == 1


async def test_a_violated_constraint_speaks_as_our_error(pool: Database) -> None:
    with pytest.raises(SoldOut):
        async with transaction(pool) as conn:
            with constraint_errors({"places_never_oversold": SoldOut}):
                await conn.execute("update places set taken = 3")
    assert await taken(pool) == 0


async def test_a_constraint_without_a_meaning_passes_as_it_is(pool: Database) -> None:
    with pytest.raises(asyncpg.CheckViolationError):
        async with transaction(pool) as conn:
            with constraint_errors({"another": SoldOut}):
                await conn.execute("update places set taken = 3")


async def test_a_deferred_constraint_is_heard_around_the_transaction(pool: Database) -> None:
    with pytest.raises(NoSuchPlace), constraint_errors({"visits_go_to_a_place": NoSuchPlace}):
        async with transaction(pool) as conn:
            await conn.execute("insert into visits (id, place_id) values (1, 77)")
    await pool.ping()


async def test_what_waits_for_the_commit_runs_after_it_and_once(pool: Database) -> None:
    heard: list[str] = []

    def wake() -> None:
        heard.append("woken")

    async with transaction(pool) as conn:
        await conn.execute(TAKE)
        after_commit(conn, wake)
        after_commit(conn, wake)
        assert heard == []
    assert heard == ["woken"]


async def test_a_rollback_wakes_nobody(pool: Database) -> None:
    heard: list[str] = []
    with pytest.raises(RuntimeError):
        async with transaction(pool) as conn:
            after_commit(conn, lambda: heard.append("woken"))
            raise RuntimeError
    async with transaction(pool):
        pass
    assert heard == []


async def test_a_failing_callback_does_not_undo_what_is_committed(pool: Database) -> None:
    def fail() -> None:
        raise RuntimeError

    async with transaction(pool) as conn:
        await conn.execute(TAKE)
        after_commit(conn, fail)
    assert await taken(pool) == 1


async def test_nothing_can_wait_for_a_commit_outside_a_transaction(pool: Database) -> None:
    async with acquire(pool) as conn:
        with pytest.raises(LookupError):
            after_commit(conn, lambda: None)


async def test_a_commit_under_way_is_finished_when_its_task_is_cancelled(pool: Database) -> None:
    heard: list[str] = []

    async def work() -> None:
        async with transaction(pool) as conn:
            await conn.execute("insert into slow_commits (id) values (1)")
            after_commit(conn, lambda: heard.append("woken"))

    task = asyncio.create_task(work())
    await asyncio.sleep(0.15)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    async with acquire(pool) as conn:
        assert await conn.fetchval("select count(*) from slow_commits") == 1
    assert heard == ["woken"]


@pytest.mark.parametrize(("fault", "committed"), [("lose_reply", 1), ("lose_request", 0)])
async def test_a_lost_commit_is_unknown_and_never_tried_again(
    laboratory: Clone,
    pool: Database,
    fault: Literal["lose_reply", "lose_request"],
    committed: int,
) -> None:
    heard: list[str] = []
    tries = 0
    async with commit_proxy(laboratory.owner_url) as proxy:
        through = await Database.connect(proxy.url, service="laboratory")
        proxy.fault = fault

        async def unit() -> None:
            nonlocal tries
            tries += 1
            async with transaction(through) as conn:
                await conn.execute(TAKE)
                after_commit(conn, lambda: heard.append("woken"))

        with pytest.raises(CommitUnknown):
            await retry(unit)
        proxy.fault = "none"
        await through.ping()
        await through.close()
    assert tries == 1
    assert heard == []
    assert await taken(pool) == committed


async def test_a_connection_lost_before_commit_is_known_to_have_done_nothing(
    pool: Database,
) -> None:
    with pytest.raises(Unavailable):
        async with transaction(pool) as conn:
            await conn.execute(TAKE)
            async with acquire(pool) as other:
                await other.execute("select pg_terminate_backend($1)", conn.get_server_pid())
            await conn.execute(TAKE)
    assert await taken(pool) == 0
