"""What another channel sells for today is not sold here, as long as today is still sold."""

from datetime import datetime, timedelta
from typing import Final

from shared.core.clock import SHANGHAI
from shared.db import transaction
from tests.conftest import Connect
from tests.venues.feeds.channel import (
    Channel,
    calendar,
    camp,
    capacities,
    days,
    follow,
    hours,
    published,
    read,
)
from tests.venues.stage import Stage, entry_body, session_body

TODAY: Final = days("20260911", "20260912")


def go_to(stage: Stage, hour: int) -> None:
    """Let it be that hour of the first day, or of the next ones; everybody signs in again."""
    stage.clock.instant = datetime(2026, 9, 11, tzinfo=SHANGHAI) + timedelta(hours=hour)
    stage.__post_init__()


async def test_tonight_is_blocked_after_check_in_has_begun(stage: Stage, channel: Channel) -> None:
    offering = await camp(stage)
    await follow(stage, offering, channel)
    go_to(stage, 16)
    channel.text = calendar(TODAY)
    await read(stage)
    assert list((await capacities(stage, offering)).values()) == [1, 2, 2, 2]
    told = await stage.told()
    assert [(event.data["day"], event.data["capacity"]) for event in told] == [("2026-09-11", 1)]
    # It comes back if the other channel's guest cancels, and stays as it was once it is over.
    channel.text = calendar()
    await read(stage)
    assert list((await capacities(stage, offering)).values()) == [2, 2, 2, 2]
    go_to(stage, 24)
    channel.text = calendar(days("20260911", "20260913"))
    await read(stage)
    assert list((await capacities(stage, offering)).values()) == [2, 1, 2, 2]


async def test_search_knows_that_tonight_is_sold_elsewhere(stage: Stage, channel: Channel) -> None:
    offering = await camp(stage)
    await follow(stage, offering, channel, blocks="all")
    go_to(stage, 16)
    path = "/v1/venues?date=2026-09-11&party=2"
    assert [one["venue_id"] for one in (await stage.good("GET", path))["items"]] == [
        offering["venue_id"]
    ]
    channel.text = calendar(TODAY)
    await read(stage)
    assert (await stage.good("GET", path))["items"] == []


async def test_what_was_sold_twice_for_tonight_is_listed(
    stage: Stage, channel: Channel, connect: Connect
) -> None:
    offering = await camp(stage)
    await follow(stage, offering, channel)
    go_to(stage, 16)
    [tonight, *_] = await stage.slots(offering, "2026-09-11", "2026-09-14")
    async with transaction(await connect("bookings")) as conn:
        await conn.execute(
            "insert into pools (scope, subject_id, day, capacity, taken, ceiling)"
            " values ('slot', $1, '2026-09-11', 2, 2, 2)",
            tonight["slot_id"],
        )
    channel.text = calendar(TODAY)
    await read(stage)
    path = f"/v1/offerings/{offering['offering_id']}/feed-conflicts"
    [conflict] = (await stage.good("GET", path, stage.operator))["items"]
    assert (conflict["slot_id"], conflict["over"]) == (tonight["slot_id"], 1)


async def test_an_entry_is_blocked_while_it_is_open(stage: Stage, channel: Channel) -> None:
    market = await published(
        stage,
        entry_body(),
        weekdays=[5],
        until="2026-09-11",
        times=[],
        opens_at="12:00",
        closes_at="18:00",
    )
    await follow(stage, market, channel)
    go_to(stage, 15)
    # 16:00 to 17:00 in the villages.
    channel.text = calendar(hours("20260911T080000", "20260911T090000"), TODAY)
    await read(stage)
    assert list((await capacities(stage, market)).values()) == [10]
    go_to(stage, 18)
    channel.text = calendar()
    await read(stage)
    assert list((await capacities(stage, market)).values()) == [10]


async def test_a_session_that_has_begun_is_blocked_no_more(stage: Stage, channel: Channel) -> None:
    pottery = await published(stage, session_body(), weekdays=[5], until="2026-09-11")
    await follow(stage, pottery, channel)
    go_to(stage, 14)
    channel.text = calendar(TODAY)
    await read(stage)
    assert list((await capacities(stage, pottery)).values()) == [12]


async def test_an_event_that_lasts_over_midnight_stays_blocked_until_it_is_over(
    stage: Stage, channel: Channel
) -> None:
    offering = await published(
        stage,
        entry_body(duration_minutes=240),
        weekdays=[5],
        until="2026-09-11",
        times=["22:00"],
    )
    channel.text = calendar(TODAY)
    await follow(stage, offering, channel)
    go_to(stage, 23)
    await read(stage)
    assert list((await capacities(stage, offering)).values()) == [11]
    go_to(stage, 25)
    await read(stage)
    assert list((await capacities(stage, offering)).values()) == [11]
