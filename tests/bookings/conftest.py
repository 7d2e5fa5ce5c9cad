from collections.abc import AsyncIterator

import pytest

from deploy.local.postgres import EmbeddedPostgres
from tests.bookings.world import Bookings, serve_bookings
from tests.conftest import DatabaseUrl
from tests.support.databases import create_small_template


@pytest.fixture(scope="session")
async def template(postgres: EmbeddedPostgres, migrated: str) -> str:
    return await create_small_template(postgres, migrated, "bookings")


@pytest.fixture
async def bookings(database_url: DatabaseUrl) -> AsyncIterator[Bookings]:
    async with serve_bookings(database_url("bookings")) as running:
        yield running
        assert await running.leaks() == []
