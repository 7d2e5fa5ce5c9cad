import asyncio

import pytest

from services.statistics.__main__ import main
from shared.db import transaction
from tests.conftest import DatabaseUrl
from tests.statistics.world import World, confirmed, line


async def test_the_command_finds_and_mends_a_wrong_sum(
    world: World,
    database_url: DatabaseUrl,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("STATISTICS_DATABASE_URL", database_url("statistics"))

    async def run(*arguments: str) -> tuple[int, str]:
        status = await asyncio.to_thread(main, ["recount", *arguments])
        return status, capsys.readouterr().out

    await world.hear(confirmed(line(3)))
    async with transaction(world.database) as conn:
        await conn.execute("update visits_daily set booked = 4")
    status, output = await run("--check")
    assert status == 1
    assert "booked 4, from facts 3" in output
    assert await world.sums() == (4, 0)
    status, output = await run()
    assert status == 0
    assert "2026-09: 1 cells" in output
    assert await run("--check") == (0, "All sums are right.\n")
