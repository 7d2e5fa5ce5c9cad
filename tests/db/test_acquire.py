import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from time import monotonic

import psutil
import pytest

from deploy.local.ports import free_port
from deploy.local.postgres import EmbeddedPostgres
from shared.core.errors import Unavailable
from shared.db import Database, acquire, transaction


@pytest.fixture
async def own_server(tmp_path: Path) -> AsyncIterator[EmbeddedPostgres]:
    server = EmbeddedPostgres(tmp_path / "cluster", free_port(), durable=False)
    try:
        await server.start()
        yield server
    finally:
        await server.stop()


def processes(server: EmbeddedPostgres) -> list[psutil.Process]:
    assert server.process is not None
    parent = psutil.Process(server.process.pid)
    return [parent, *parent.children(recursive=True)]


async def test_an_exhausted_pool_says_so_within_its_time(pool: Database) -> None:
    async with acquire(pool), acquire(pool), acquire(pool):
        start = monotonic()
        with pytest.raises(Unavailable) as caught:
            async with acquire(pool):
                pass
        assert 0.2 < monotonic() - start < 1.0
        assert "Retry-After" in caught.value.headers
    await pool.ping()


async def test_waiting_callers_get_the_connections_that_others_return(pool: Database) -> None:
    async def ask(number: int) -> int:
        async with acquire(pool) as conn:
            answer: int = await conn.fetchval("select $1::integer", number)
            return answer

    assert await asyncio.gather(*map(ask, range(50))) == list(range(50))


async def test_a_statement_that_takes_too_long_is_ended_by_the_server(pool: Database) -> None:
    async with acquire(pool) as conn:
        await conn.execute("set statement_timeout = '100ms'")
    with pytest.raises(Unavailable):
        async with acquire(pool) as conn:
            await conn.execute("select pg_sleep(1)")
    await pool.ping()


async def test_a_lock_that_others_hold_too_long_is_given_up(pool: Database) -> None:
    async with transaction(pool) as holder:
        await holder.execute("select from places where id = 1 for update")
        with pytest.raises(Unavailable):
            async with transaction(pool) as conn:
                await conn.execute("set local lock_timeout = '50ms'")
                await conn.execute("select from places where id = 1 for update")


async def test_a_mistake_in_sql_is_not_called_an_outage(pool: Database) -> None:
    with pytest.raises(Exception, match="nowhere") as caught:
        async with acquire(pool) as conn:
            await conn.execute("select from nowhere")
    assert not isinstance(caught.value, Unavailable)


async def test_connecting_to_nobody_is_unavailable(find_port: Callable[[], int]) -> None:
    url = f"postgresql://owner:local@127.0.0.1:{find_port()}/xiangyou"
    with pytest.raises(Unavailable):
        await Database.connect(url, service="laboratory")


async def test_the_pool_recovers_from_a_killed_server(own_server: EmbeddedPostgres) -> None:
    pool = await Database.connect(own_server.url(), service="laboratory", acquire_timeout=0.5)
    await pool.ping()
    for process in processes(own_server):
        process.kill()
    assert own_server.process is not None
    await own_server.process.wait()
    start = monotonic()
    for _ in range(3):
        with pytest.raises(Unavailable):
            await pool.ping()
    assert monotonic() - start < 3.0

    await own_server.start()
    await pool.ping()
    await pool.close()


async def test_a_frozen_server_costs_a_caller_three_seconds_at_most(
    own_server: EmbeddedPostgres,
) -> None:
    pool = await Database.connect(own_server.url(), service="laboratory")
    await pool.ping()
    frozen = processes(own_server)
    for process in frozen:
        process.suspend()
    try:
        start = monotonic()
        with pytest.raises(Unavailable):
            async with transaction(pool) as conn:
                await conn.execute("select 1")
        assert monotonic() - start < 3.0
    finally:
        for process in frozen:
            process.resume()
    await pool.ping()
    await pool.close()
