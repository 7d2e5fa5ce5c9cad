"""The stack that these tests break: not the one that others use."""

from collections.abc import AsyncIterator

import pytest

from tests.stack.running import RunningStack, running_stack


@pytest.fixture(scope="session")
async def chaos_stack(
    tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> AsyncIterator[RunningStack]:
    folder = tmp_path_factory.mktemp("chaos-stack")
    async with running_stack(folder, failed=lambda: request.session.testsfailed > 0) as stack:
        yield stack
