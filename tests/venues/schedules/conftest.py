"""What tests of schedules have in common."""

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient

from tests.venues.schedules.sold import Sold, sell
from tests.venues.stage import Stage


@pytest.fixture
async def sold(stage: Stage, bookings: "TestClient[web.Request, web.Application]") -> Sold:
    return await sell(stage, bookings)
