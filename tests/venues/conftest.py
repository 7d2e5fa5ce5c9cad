"""The venues service in this process, against a database of its own for each test."""

from collections.abc import AsyncIterator

import pytest
from aiohttp.test_utils import TestClient, TestServer
from pydantic import SecretStr

from services.venues.app import build_app
from services.venues.settings import VenuesSettings
from shared.http.keys import DATABASE
from tests.conftest import DatabaseUrl
from tests.support.tokens import TokenMaker
from tests.venues.stage import Stage, StandingClock


@pytest.fixture
async def stage(database_url: DatabaseUrl) -> AsyncIterator[Stage]:
    clock = StandingClock()
    tokens = TokenMaker(clock)
    settings = VenuesSettings(database_url=SecretStr(database_url("venues")))
    app = build_app(settings, "api", clock=clock, verifier=tokens.verifier())
    async with TestClient(TestServer(app)) as client:
        yield Stage(client, app[DATABASE], clock, tokens)
