import pytest

from tests.conftest import Connect
from tests.statistics.world import World


@pytest.fixture
async def world(connect: Connect) -> World:
    return World(await connect("statistics"))
