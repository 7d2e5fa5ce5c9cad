from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.bookings.proof.stage import Proof, proving
from tests.support.databases import Clone


@pytest.fixture
async def proof(database: Clone, tmp_path: Path) -> AsyncIterator[Proof]:
    async with proving(database, tmp_path) as running:
        yield running
