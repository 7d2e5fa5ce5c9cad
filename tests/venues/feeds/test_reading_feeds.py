"""How other channels' calendars are read: how often, by whom, and what is said of a failure."""

from datetime import timedelta
from typing import Any, Final

import asyncpg
import pytest

from services.venues.jobs.read_feeds import read_feeds
from shared.core.ids import new_id
from shared.db import acquire, transaction
from tests.support.databases import Clone
from tests.venues.feeds.channel import (
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

# As if there were far more slots than any offering has.
SLOW_SLOTS: Final = """
create function venues.take_long() returns trigger language plpgsql as $$
begin
    perform pg_sleep(10);
    return null;
end
$$;
create trigger slots_take_long before update on venues.slots
for each statement execute function venues.take_long();
"""


async def test_an_unchanged_calendar_is_not_sent_again_but_looked_at_once_a_day(
    stage: Stage, channel: Channel
) -> None:
    offering = await camp(stage)
    channel.headers = {"ETag": '"7"', "Last-Modified": "Fri, 11 Sep 2026 00:00:00 GMT"}
    await follow(stage, offering, channel)
    await read(stage)
    await read(stage)
    assert "If-None-Match" not in channel.asked[0]
    assert channel.asked[1]["If-None-Match"] == '"7"'
    assert channel.asked[1]["If-Modified-Since"] == "Fri, 11 Sep 2026 00:00:00 GMT"
    assert (await feed_of(stage, offering))["state"] == "good"
    stage.clock.pass_days(1)
    await read(stage)
    assert "If-None-Match" not in channel.asked[2]


@pytest.mark.parametrize(
    ("status", "text", "fault"),
    [
        (404, "", "status_404"),
        (500, "", "status_500"),
        (200, "<html>", "not_a_calendar"),
        (200, "BEGIN:VEVENT\r\nEND:VEVENT\r\n", "not_a_calendar"),
        (200, "x" * 3_000_000, "too_large"),
        (200, calendar(*["DTSTART:20260912T050000Z\r\nDURATION:PT1H"] * 5001), "too_many_events"),
    ],
    ids=["missing", "broken", "page", "event", "too_large", "too_many"],
)
async def test_what_could_not_be_read_is_said_and_what_was_read_before_counts(
    stage: Stage, channel: Channel, status: int, text: str, fault: str
) -> None:
    offering = await camp(stage)
    channel.text = calendar(days("20260912", "20260913"))
    await follow(stage, offering, channel)
    await read(stage)
    channel.status, channel.text = status, text
    await read(stage)
    feed = await feed_of(stage, offering)
    assert (feed["state"], feed["fault"]) == ("failing", fault)
    assert list((await capacities(stage, offering)).values()) == [2, 1, 2, 2]


async def test_a_calendar_that_takes_the_database_too_long_is_said_to_be_too_large(
    stage: Stage, channel: Channel, database: Clone
) -> None:
    offering = await camp(stage)
    channel.text = calendar(days("20260912", "20260913"))
    await follow(stage, offering, channel)
    owner = await asyncpg.connect(database.owner_url)
    try:
        await owner.execute(SLOW_SLOTS)
    finally:
        await owner.close()
    await read(stage)
    feed = await feed_of(stage, offering)
    assert (feed["state"], feed["fault"], feed["busy_times"]) == ("failing", "too_large", 0)


async def test_a_feed_that_fails_is_tried_less_and_less_often(
    stage: Stage, channel: Channel
) -> None:
    offering = await camp(stage)
    await follow(stage, offering, channel)
    channel.status = 503
    pauses = []
    for _ in range(8):
        await read(stage)
        async with acquire(stage.database) as conn:
            due = await conn.fetchval("select next_fetch_at from feeds")
        pauses.append((due - stage.clock.now()) / timedelta(minutes=1))
    assert pauses == sorted(pauses)
    assert 13 <= pauses[0] <= 17
    assert 350 <= pauses[-1] <= 360
    channel.status = 200
    await read(stage)
    assert (await feed_of(stage, offering))["fault"] is None


async def test_a_feed_is_read_every_15_minutes_and_by_one_at_a_time(
    stage: Stage, channel: Channel
) -> None:
    offering = await camp(stage)
    await follow(stage, offering, channel)
    app: Any = stage.client.app
    await stage.at_once(*(_reading(stage, app) for _ in range(3)))
    await read_feeds(app)
    assert len(channel.asked) == 1
    stage.clock.instant += timedelta(minutes=17)
    await read_feeds(app)
    assert len(channel.asked) == 2


async def _reading(stage: Stage, app: Any) -> Any:
    await read_feeds(app)
    return await stage.call("GET", "/healthz")


async def test_an_operator_can_have_it_read_now_but_not_all_the_time(
    stage: Stage, channel: Channel
) -> None:
    offering = await camp(stage)
    feed = await follow(stage, offering, channel)
    path = f"/v1/feeds/{feed['feed_id']}/refreshes"
    await read(stage)
    answer = await stage.call("POST", path, stage.operator)
    assert (answer.status, answer.code) == (429, "feed_refreshed_lately")
    assert answer.headers["Retry-After"] == "60"
    stage.clock.instant += timedelta(minutes=2)
    assert (await stage.call("POST", path, stage.operator)).status == 202
    app: Any = stage.client.app
    await read_feeds(app)
    assert len(channel.asked) == 2


async def test_a_feed_that_was_changed_while_it_was_read_is_read_again(
    stage: Stage, channel: Channel
) -> None:
    offering = await camp(stage)
    await follow(stage, offering, channel)
    channel.text = calendar(days("20260912", "20260913"))

    async def edit() -> None:
        async with transaction(stage.database) as conn:
            await conn.execute("update feeds set edit_version = edit_version + 1")

    channel.before_answering = edit
    await read(stage)
    assert list((await capacities(stage, offering)).values()) == [2, 2, 2, 2]


async def test_the_same_calendar_is_followed_once_and_ten_at_most(
    stage: Stage, channel: Channel
) -> None:
    offering = await camp(stage)
    path = f"/v1/offerings/{offering['offering_id']}/feeds"
    body = {"url": channel.url, "name": "x", "blocks": "unit"}
    answers = await stage.at_once(*(stage.call("POST", path, stage.operator, body) for _ in "abc"))
    assert sorted(answer.status for answer in answers) == [201, 409, 409]
    assert {answer.code for answer in answers if answer.status == 409} == {"feed_known"}
    for number in range(9):
        await follow(stage, offering, channel, url=f"https://channel.example/{number}.ics")
    more = {**body, "url": "https://channel.example/10.ics"}
    answer = await stage.call("POST", path, stage.operator, more)
    assert (answer.status, answer.code) == (409, "too_many_feeds")


async def test_nobody_else_sees_or_changes_a_feed(stage: Stage, channel: Channel) -> None:
    offering = await camp(stage)
    feed = await follow(stage, offering, channel)
    of_offering = f"/v1/offerings/{offering['offering_id']}"
    one = f"/v1/feeds/{feed['feed_id']}"
    body = {"url": "https://channel.example/a.ics", "name": "x", "blocks": "unit"}
    calls: list[tuple[str, str, object]] = [
        ("GET", f"{of_offering}/feeds", None),
        ("POST", f"{of_offering}/feeds", body),
        ("GET", f"{of_offering}/feed-conflicts", None),
        ("PATCH", one, {"name": "y"}),
        ("DELETE", one, None),
        ("POST", f"{one}/refreshes", None),
    ]
    for method, path, sent in calls:
        missing = path.replace(offering["offering_id"], str(new_id()))
        missing = missing.replace(feed["feed_id"], str(new_id()))
        assert (await stage.call(method, path, stage.rival, sent)).status == 404
        assert (await stage.call(method, missing, stage.operator, sent)).status == 404
        for token in (stage.visitor, stage.office):
            assert (await stage.call(method, path, token, sent)).status == 403
        assert (await stage.call(method, path, None, sent)).status == 401


async def test_the_secret_part_of_an_address_is_neither_shown_nor_logged(
    stage: Stage, channel: Channel, capsys: pytest.CaptureFixture[str]
) -> None:
    offering = await camp(stage)
    feed = await follow(stage, offering, channel)
    assert feed["address"] == f"http://{channel.host}/…"
    channel.status = 500
    await read(stage)
    await read(stage)
    written = capsys.readouterr()
    assert "feed.not_read" in written.out
    for secret in ("private-key", "token=secret"):
        assert secret not in str(await feed_of(stage, offering))
        assert secret not in written.out + written.err
