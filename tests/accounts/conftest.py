from collections.abc import AsyncIterator

import pytest

from tests.accounts.accounts_client import (
    Accounts,
    Notifications,
    serve_accounts,
    serve_notifications,
)
from tests.conftest import DatabaseUrl


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
