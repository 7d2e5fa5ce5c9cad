"""The venues service with another channel beside it, which it may call although it is inside."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient

from services.venues.jobs.import_bundled_calendars import import_bundled_calendars
from shared.http.keys import DATABASE
from tests.conftest import DatabaseUrl
from tests.support.tokens import TokenMaker
from tests.venues.conftest import serving
from tests.venues.feeds.channel import Channel, open_channel
from tests.venues.stage import Stage, StandingClock


@pytest.fixture
async def channel() -> AsyncIterator[Channel]:
    async with open_channel() as opened:
        yield opened


@pytest.fixture
async def stage(  # noqa: PLR0917 - fixtures
    database_url: DatabaseUrl,
    clock: StandingClock,
    tokens: TokenMaker,
    bookings: TestClient[web.Request, web.Application],
    tmp_path: Path,
    channel: Channel,
) -> AsyncIterator[Stage]:
    async with serving(
        database_url,
        clock,
        tokens,
        str(bookings.make_url("")),
        tmp_path,
        outbound_exempt_hosts=channel.host,
    ) as client:
        stage = Stage(client, client.app[DATABASE], clock, tokens)
        await import_bundled_calendars(client.app)
        await stage.forget_events()
        yield stage
