"""Whoever loses a deadlock over the days that search reads begins anew, and nobody hears of it."""

from typing import Any, Final

import asyncpg
import pytest

from services.venues.jobs.make_coming_slots import make_coming_slots
from tests.support.databases import Clone
from tests.venues.feeds.channel import (
    NIGHTS,
    Channel,
    calendar,
    camp,
    capacities,
    days,
    feed_of,
    follow,
    read,
)
from tests.venues.stage import Stage

# Once, as PostgreSQL says it. A sequence keeps its count when a transaction is rolled back.
LOSE_ONCE: Final = """
drop sequence if exists venues.losses;
create sequence venues.losses;
create or replace function venues.lose_once() returns trigger
language plpgsql
security definer
as $$
begin
    if nextval('venues.losses') = 1 then
        raise deadlock_detected;
    end if;
    return null;
end
$$;
create or replace trigger offering_days_lose_once after insert or update on venues.offering_days
for each statement execute function venues.lose_once();
"""
LOST: Final = "select is_called from venues.losses"


class Rival:
    """Another transaction, to which one of ours loses a deadlock."""

    def __init__(self, database: Clone) -> None:
        self._url = database.owner_url

    async def arrive(self) -> None:
        await self._do("execute", LOSE_ONCE)

    async def has_won(self) -> bool:
        return bool(await self._do("fetchval", LOST))

    async def _do(self, what: str, statement: str) -> Any:
        owner = await asyncpg.connect(self._url)
        try:
            return await getattr(owner, what)(statement)
        finally:
            await owner.close()


@pytest.fixture
def rival(database: Clone) -> Rival:
    return Rival(database)


async def test_a_schedule_is_set_all_the_same(stage: Stage, rival: Rival) -> None:
    offering = await camp(stage)
    await rival.arrive()
    await stage.schedule(offering, **{**NIGHTS, "capacity": 3})
    assert await rival.has_won()
    assert list((await capacities(stage, offering)).values()) == [3, 3, 3, 3]
    assert (await stage.told_types()).count("slot.published") == 4


async def test_coming_slots_are_made_all_the_same(stage: Stage, rival: Rival) -> None:
    offering = await camp(stage)
    await stage.schedule(offering, **{**NIGHTS, "until": "2026-12-31"})
    await rival.arrive()
    # Until then 90 days ahead were made; now two more have come.
    stage.clock.pass_days(2)
    await make_coming_slots(stage.client.app)
    assert await rival.has_won()
    stage.__post_init__()
    last = await stage.slots(offering, "2026-12-10", "2026-12-31")
    assert [slot["day"] for slot in last] == ["2026-12-10", "2026-12-11", "2026-12-12"]


async def test_a_feed_is_read_all_the_same(stage: Stage, channel: Channel, rival: Rival) -> None:
    offering = await camp(stage)
    channel.text = calendar(days("20260912", "20260913"))
    await follow(stage, offering, channel)
    await rival.arrive()
    await read(stage)
    assert await rival.has_won()
    assert (await feed_of(stage, offering))["state"] == "good"
    assert list((await capacities(stage, offering)).values()) == [2, 1, 2, 2]


async def test_a_feed_is_changed_and_deleted_all_the_same(
    stage: Stage, channel: Channel, rival: Rival
) -> None:
    offering = await camp(stage)
    channel.text = calendar(days("20260912", "20260913"))
    feed = await follow(stage, offering, channel)
    await read(stage)
    path = f"/v1/feeds/{feed['feed_id']}"
    await rival.arrive()
    await stage.good("PATCH", path, stage.operator, {"blocks": "all"})
    assert await rival.has_won()
    assert list((await capacities(stage, offering)).values()) == [2, 0, 2, 2]

    await rival.arrive()
    assert (await stage.call("DELETE", path, stage.operator)).status == 204
    assert await rival.has_won()
    assert list((await capacities(stage, offering)).values()) == [2, 2, 2, 2]
