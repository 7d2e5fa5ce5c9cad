from collections.abc import AsyncIterator

import pytest

from tests.conftest import DatabaseUrl
from tests.notifications.world import World, serve_world


@pytest.fixture
async def world(database_url: DatabaseUrl) -> AsyncIterator[World]:
    async with serve_world(database_url("notifications")) as running:
        yield running
