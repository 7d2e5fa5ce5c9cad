from collections.abc import AsyncIterator

import pytest

from deploy.local.postgres import EmbeddedPostgres
from tests.accounts.accounts_client import (
    Accounts,
    Notifications,
    serve_accounts,
    serve_notifications,
)
from tests.conftest import DatabaseUrl
from tests.support.databases import create_small_template


@pytest.fixture(scope="session")
async def template(postgres: EmbeddedPostgres, migrated: str) -> str:
    return await create_small_template(postgres, migrated, "accounts")


@pytest.fixture
async def notifications() -> AsyncIterator[Notifications]:
    async with serve_notifications() as peer:
        yield peer


@pytest.fixture
async def accounts(
    database_url: DatabaseUrl, notifications: Notifications
) -> AsyncIterator[Accounts]:
    async with serve_accounts(notifications, database_url=database_url("accounts")) as running:
        yield running
