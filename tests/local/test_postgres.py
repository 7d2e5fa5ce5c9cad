import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from deploy.local.errors import LocalError
from deploy.local.identity import identify
from deploy.local.ports import free_port
from deploy.local.postgres import EmbeddedPostgres


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("a place with spaces") / "postgres"


@pytest.fixture
async def server(place: Path) -> AsyncIterator[EmbeddedPostgres]:
    server = EmbeddedPostgres(place, free_port(), durable=False)
    await server.start()
    yield server
    await server.stop()


async def ask(server: EmbeddedPostgres, question: str) -> object:
    conn = await asyncpg.connect(server.url())
    try:
        return await conn.fetchval(question)
    finally:
        await conn.close()


async def test_it_listens_on_this_machine_only_and_wants_a_password(
    server: EmbeddedPostgres,
) -> None:
    assert await ask(server, "show listen_addresses") == "127.0.0.1"
    assert await ask(server, "show unix_socket_directories") == ""
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(server.url(password="wrong"))


async def test_it_knows_chinese_letters(server: EmbeddedPostgres) -> None:
    await ask(server, "create extension if not exists pg_trgm")
    assert await ask(server, "select cardinality(show_trgm('岩河里书香'))") == 6


def test_it_never_runs_as_root(place: Path, server: EmbeddedPostgres) -> None:
    assert server.process is not None
    assert (place / "18" / "postmaster.pid").stat().st_uid != 0


async def test_data_survives_a_stop_and_a_kill(server: EmbeddedPostgres) -> None:
    await ask(server, "create table kept as select 7 as number")
    await server.stop()
    assert server.process is not None
    assert server.process.returncode == 0

    await server.start()
    os.kill(server.process.pid, signal.SIGKILL)
    assert server.child is not None
    await server.child.ended()

    await server.start()
    assert await ask(server, "select number from kept") == 7


async def test_a_lock_file_of_a_dead_server_does_not_stop_it(
    place: Path, server: EmbeddedPostgres, postgres: EmbeddedPostgres
) -> None:
    await server.stop()
    # The process id was given since to another program of the same user.
    assert postgres.process is not None
    lock = place / "18" / "postmaster.pid"
    lock.write_text(
        f"{postgres.process.pid}\n{lock.parent}\n1000000000\n{server.port}\n\n127.0.0.1\n\n"
    )
    await server.start()
    assert await ask(server, "select 1") == 1


async def test_a_server_left_behind_is_stopped_first(place: Path, server: EmbeddedPostgres) -> None:
    assert server.process is not None
    newer = EmbeddedPostgres(place, free_port(), durable=False)
    await newer.start()
    try:
        assert identify(server.process.pid) is None
        assert await ask(newer, "select 1") == 1
    finally:
        await newer.stop()


async def test_a_taken_port_is_one_sentence(tmp_path: Path, server: EmbeddedPostgres) -> None:
    other = EmbeddedPostgres(tmp_path / "other", server.port, durable=False)
    with pytest.raises(LocalError, match=rf"^Port {server.port} \(PostgreSQL\) is in use"):
        await other.start()
