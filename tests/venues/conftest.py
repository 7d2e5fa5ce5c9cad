"""The venues service in this process, against a database of its own for each test.

Beside it runs the bookings service, which it asks whom a change would touch, and the years that
come with the service are known.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from pydantic import SecretStr

from deploy.local.postgres import EmbeddedPostgres
from services.bookings.app import build_app as build_bookings
from services.bookings.settings import BookingsSettings
from services.venues.app import build_app
from services.venues.jobs.import_bundled_calendars import import_bundled_calendars
from services.venues.settings import VenuesSettings
from shared.http.client import TokenSource
from shared.http.keys import DATABASE
from tests.conftest import DatabaseUrl
from tests.support.databases import create_small_template
from tests.support.tokens import TokenMaker
from tests.venues.stage import Stage, StandingClock


@pytest.fixture(scope="session")
async def template(postgres: EmbeddedPostgres, migrated: str) -> str:
    return await create_small_template(postgres, migrated, "venues", "bookings")


@dataclass
class OwnToken:
    """This service's token, without accounts."""

    tokens: TokenMaker

    async def get(self) -> str:
        return self.tokens.service("venues")


@asynccontextmanager
async def serving(
    database_url: DatabaseUrl,
    clock: StandingClock,
    tokens: TokenMaker,
    bookings_url: str,
    storage_folder: Path,
    *,
    own_token: TokenSource | None = None,
    **settings_beyond: Any,
) -> AsyncIterator[TestClient[web.Request, web.Application]]:
    """Serve venues beside a bookings service that answers at an address."""
    settings = VenuesSettings(
        database_url=SecretStr(database_url("venues")),
        bookings_url=bookings_url,
        storage_folder=storage_folder,
        **settings_beyond,
    )
    app = build_app(
        settings,
        "api",
        clock=clock,
        verifier=tokens.verifier(),
        tokens=own_token or OwnToken(tokens),
    )
    async with TestClient(TestServer(app)) as client:
        yield client


@pytest.fixture
async def clock() -> StandingClock:
    return StandingClock()


@pytest.fixture
async def tokens(clock: StandingClock) -> TokenMaker:
    return TokenMaker(clock)


@pytest.fixture
async def bookings(
    database_url: DatabaseUrl, clock: StandingClock, tokens: TokenMaker
) -> AsyncIterator[TestClient[web.Request, web.Application]]:
    settings = BookingsSettings(database_url=SecretStr(database_url("bookings")), sandbox_url="")
    app = build_bookings(settings, "api", clock=clock, verifier=tokens.verifier())
    async with TestClient(TestServer(app)) as client:
        yield client


@pytest.fixture
async def stage_without_years(
    database_url: DatabaseUrl,
    clock: StandingClock,
    tokens: TokenMaker,
    bookings: TestClient[web.Request, web.Application],
    tmp_path: Path,
) -> AsyncIterator[Stage]:
    bookings_url = str(bookings.make_url(""))
    async with serving(database_url, clock, tokens, bookings_url, tmp_path) as client:
        yield Stage(client, client.app[DATABASE], clock, tokens)


@pytest.fixture
async def stage(stage_without_years: Stage) -> Stage:
    await import_bundled_calendars(stage_without_years.client.app)
    await stage_without_years.forget_events()
    return stage_without_years
