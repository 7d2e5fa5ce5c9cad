from collections.abc import AsyncIterator

import pytest

from deploy.local.postgres import EmbeddedPostgres
from tests.conftest import DatabaseUrl
from tests.notifications.world import World, serve_world
from tests.support.databases import create_small_template


@pytest.fixture(scope="session")
async def template(postgres: EmbeddedPostgres, migrated: str) -> str:
    return await create_small_template(postgres, migrated, "notifications")


@pytest.fixture
async def world(database_url: DatabaseUrl) -> AsyncIterator[World]:
    async with serve_world(database_url("notifications")) as running:
        yield running
