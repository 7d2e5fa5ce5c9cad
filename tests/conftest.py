"""The real parts that tests run against, started when the first test asks for them.

- `database_url("bookings")`: the address of a fresh, migrated database as a service's role.
- `connect("bookings")`: a `Database` to it, closed after the test.
- `make_database()`: one more such database; `empty_database`: one that was never migrated.
- `broker`: a broker without data worth keeping; `BROKER=apache` takes Apache Kafka.
- `demo_stack`: the whole platform with its demo district, for tests that break nothing of it.
"""

import gc
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Final, TypeAlias

import pytest
from aiohttp import web_app

from deploy.local.broker import ApacheKafka, EmbeddedBroker
from deploy.local.ports import free_port
from deploy.local.postgres import EmbeddedPostgres
from shared.db import Database
from shared.schema import SERVICES
from tests.stack.running import RunningStack, running_stack
from tests.support.databases import Clone, Shelf, clone, create_small_template, create_template

MakeDatabase: TypeAlias = Callable[[], Awaitable[Clone]]
DatabaseUrl: TypeAlias = Callable[[str], str]
Connect: TypeAlias = Callable[[str], Awaitable[Database]]

_MAX_CONNECTIONS: Final = {"max_connections": "200"}


def pytest_collection_finish() -> None:
    """Leave modules and tests out of the collector's rounds, which a request would wait for."""
    gc.collect()
    gc.freeze()


def pytest_runtest_logfinish() -> None:
    """Let go of the app of a test: aiohttp remembers the middlewares of a thousand handlers.

    With the apps of hundreds of tests alive a round of the collector takes two seconds, and the
    statement that a test waits for is given up.
    """
    web_app._cached_build_middleware.cache_clear()  # noqa: SLF001 - there is no other way


@pytest.fixture(scope="session")
async def postgres(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[EmbeddedPostgres]:
    folder: Path = tmp_path_factory.mktemp("postgres") / "cluster"
    server = EmbeddedPostgres(folder, free_port(), durable=False, settings=_MAX_CONNECTIONS)
    try:
        await server.start()
        yield server
    finally:
        await server.stop()


@pytest.fixture(scope="session")
async def migrated(postgres: EmbeddedPostgres) -> str:
    return await create_template(postgres)


@pytest.fixture(scope="session")
async def whole_template(postgres: EmbeddedPostgres, migrated: str) -> str:
    return await create_small_template(postgres, migrated, *SERVICES)


@pytest.fixture(scope="session")
def template(whole_template: str) -> str:
    """Return what databases are copied from; tests of one service copy its schema alone."""
    return whole_template


@pytest.fixture(scope="session")
def shelf(postgres: EmbeddedPostgres) -> Shelf:
    return Shelf(postgres)


@pytest.fixture
async def make_database(
    request: pytest.FixtureRequest, shelf: Shelf, template: str
) -> AsyncIterator[MakeDatabase]:
    fresh = request.node.get_closest_marker("fresh") is not None
    async with AsyncExitStack() as stack:

        async def make() -> Clone:
            lent = clone(shelf.server, template) if fresh else shelf.lend(template)
            return await stack.enter_async_context(lent)

        yield make


@pytest.fixture
async def database(make_database: MakeDatabase) -> Clone:
    return await make_database()


@pytest.fixture
async def empty_database(postgres: EmbeddedPostgres) -> AsyncIterator[Clone]:
    async with clone(postgres, "template0") as created:
        yield created


@pytest.fixture
def database_url(database: Clone) -> DatabaseUrl:
    return database.url


@pytest.fixture
async def connect(database: Clone) -> AsyncIterator[Connect]:
    async with AsyncExitStack() as stack:

        async def open_pool(service: str) -> Database:
            pool = await Database.connect(database.url(service), service=service)
            stack.push_async_callback(pool.close)
            return pool

        yield open_pool


@pytest.fixture(scope="session")
async def broker(
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[EmbeddedBroker | ApacheKafka]:
    folder = tmp_path_factory.mktemp("broker")
    server: EmbeddedBroker | ApacheKafka
    if os.environ.get("BROKER") == "apache":
        server = ApacheKafka(folder, free_port(), free_port())
    else:
        server = EmbeddedBroker(folder, free_port())
    try:
        await server.start()
        yield server
    finally:
        await server.stop()


@pytest.fixture(scope="session")
async def demo_stack(
    tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> AsyncIterator[RunningStack]:
    folder = tmp_path_factory.mktemp("demo-stack")
    async with running_stack(folder, failed=lambda: request.session.testsfailed > 0) as stack:
        yield stack


@pytest.fixture
def find_port() -> Callable[[], int]:
    return free_port
