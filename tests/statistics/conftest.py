import pytest

from deploy.local.postgres import EmbeddedPostgres
from tests.conftest import Connect
from tests.statistics.world import World
from tests.support.databases import create_small_template


@pytest.fixture(scope="session")
async def template(postgres: EmbeddedPostgres, whole_template: str) -> str:
    return await create_small_template(postgres, whole_template, "statistics")


@pytest.fixture
async def world(connect: Connect) -> World:
    return World(await connect("statistics"))
