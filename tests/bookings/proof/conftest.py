from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.bookings.proof.stage import Proof, proving
from tests.support.databases import Clone


@pytest.fixture(scope="session")
def template(whole_template: str) -> str:
    """Return the schemas of all services: what is verified crosses them."""
    return whole_template


@pytest.fixture
async def proof(database: Clone, tmp_path: Path) -> AsyncIterator[Proof]:
    async with proving(database, tmp_path) as running:
        yield running
