from collections.abc import AsyncIterator

import pytest

from tests.bookings.life.stage import Life, broken_promises
from tests.bookings.world import Bookings, serve_bookings
from tests.conftest import DatabaseUrl


@pytest.fixture
async def bookings(database_url: DatabaseUrl) -> AsyncIterator[Bookings]:
    async with serve_bookings(database_url("bookings")) as running:
        yield running
        assert await running.leaks() == []
        assert await broken_promises(running) == {}


@pytest.fixture
def life(bookings: Bookings) -> Life:
    return Life(bookings)
