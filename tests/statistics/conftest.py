import pytest

from deploy.local.postgres import EmbeddedPostgres
from tests.conftest import Connect
from tests.statistics.world import World
from tests.support.databases import create_small_template


@pytest.fixture(scope="session")
async def template(postgres: EmbeddedPostgres, migrated: str) -> str:
    return await create_small_template(postgres, migrated, "statistics")


@pytest.fixture
async def world(connect: Connect) -> World:
    return World(await connect("statistics"))
