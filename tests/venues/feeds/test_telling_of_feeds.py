"""Who follows another channel is told when it fails, and when both have sold the same: once."""

from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from aiohttp import web
from aiohttp.test_utils import TestClient

from services.venues.jobs.read_feeds import read_feeds
from shared.db import acquire, transaction
from shared.http.keys import DATABASE
from tests.venues.feeds.channel import Channel, calendar, camp, days, follow, read
from tests.venues.stage import Json, Stage

BookingsClient = TestClient[web.Request, web.Application]

SELL: Final = """
insert into pools (scope, subject_id, day, option, capacity, ceiling, taken)
values ('slot', $1, '2026-09-12', '', 2, 2, $2)
on conflict (scope, subject_id, day, option) do update set taken = excluded.taken
"""


async def told_of_feeds(stage: Stage) -> list[Any]:
    return [event for event in await stage.told() if event.type.startswith("feed.")]


async def sell(stage: Stage, bookings: BookingsClient, offering: Json, places: int) -> UUID:
    """Have bookings say that so many places of the second night are taken."""
    async with acquire(stage.database) as conn:
        slot_id: UUID = await conn.fetchval(
            "select slot_id from slots where offering_id = $1 and day = '2026-09-12'",
            UUID(offering["offering_id"]),
        )
    async with transaction(bookings.app[DATABASE]) as conn:
        await conn.execute(SELL, slot_id, places)
    return slot_id


async def test_a_feed_that_fails_again_and_again_is_told_of_once_until_it_is_well(
    stage: Stage, channel: Channel
) -> None:
    offering = await camp(stage)
    feed = await follow(stage, offering, channel)
    await read(stage)
    channel.status = 404
    for _ in range(2):
        await read(stage)
    assert await told_of_feeds(stage) == []
    for _ in range(3):
        await read(stage)
    [event] = await told_of_feeds(stage)
    assert (event.type, event.version) == ("feed.failing.v1", 1)
    assert event.data["feed_id"] == feed["feed_id"]
    assert event.data["organisation_id"] == str(stage.organisation)
    assert (event.data["feed_name"], event.data["fault"]) == ("携程", "status_404")
    assert event.data["failures"] == 3
    assert event.data["read_at"] is not None

    channel.status = 200
    await read(stage)
    channel.status = 500
    for _ in range(4):
        await read(stage)
    assert [event.version for event in await told_of_feeds(stage)] == [1, 2]


async def test_what_both_have_sold_is_told_of_once_until_it_is_settled(
    stage: Stage, channel: Channel, bookings: BookingsClient
) -> None:
    offering = await camp(stage)
    channel.text = calendar(days("20260912", "20260913"))
    await sell(stage, bookings, offering, 2)
    feed = await follow(stage, offering, channel)
    for _ in range(2):
        await read(stage)
    [event] = await told_of_feeds(stage)
    assert (event.type, event.version) == ("feed.conflict_found.v1", 1)
    assert (event.data["feed_id"], event.data["conflicts"]) == (feed["feed_id"], 1)
    assert event.data["starts_at"].startswith("2026-09-12T07:00")
    path = f"/v1/offerings/{offering['offering_id']}/feed-conflicts"
    [conflict] = (await stage.good("GET", path, stage.operator))["items"]
    assert (conflict["taken"], conflict["blocked"], conflict["over"]) == (2, 1, 1)

    # The operator calls one of the parties.
    await sell(stage, bookings, offering, 1)
    await read(stage)
    await sell(stage, bookings, offering, 2)
    await read(stage)
    assert [event.version for event in await told_of_feeds(stage)] == [1, 2]


async def test_another_feed_of_the_offering_is_not_to_blame(
    stage: Stage, channel: Channel, bookings: BookingsClient
) -> None:
    offering = await camp(stage)
    channel.text = calendar(days("20260912", "20260913"))
    first = await follow(stage, offering, channel)
    await read(stage)
    await sell(stage, bookings, offering, 2)
    channel.text = calendar(days("20260914", "20260915"))
    await follow(stage, offering, channel, url=channel.url.replace("a.ics", "b.ics"))
    async with transaction(stage.database) as conn:
        # Only the other one is due.
        await conn.execute(
            "update feeds set next_fetch_at = $2 where feed_id = $1",
            UUID(first["feed_id"]),
            stage.clock.now() + timedelta(hours=1),
        )
    await read_feeds(stage.client.app)
    assert await told_of_feeds(stage) == []
    await read(stage)
    assert await told_of_feeds(stage) == []


async def test_while_nobody_knows_what_is_sold_a_feed_is_read_all_the_same(
    stage: Stage, channel: Channel, bookings: BookingsClient
) -> None:
    offering = await camp(stage)
    channel.text = calendar(days("20260912", "20260913"))
    await follow(stage, offering, channel)
    await bookings.close()
    await read(stage)
    path = f"/v1/offerings/{offering['offering_id']}/feeds"
    [feed] = (await stage.good("GET", path, stage.operator))["items"]
    assert (feed["state"], feed["busy_times"]) == ("good", 1)
