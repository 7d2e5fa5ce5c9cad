"""What other channels sold is not sold here, for as long as their calendars say so."""

from datetime import timedelta
from typing import Any, Final

import pytest

from services.venues.jobs.read_feeds import read_feeds
from shared.core.ids import new_id
from shared.db import acquire, transaction
from tests.conftest import Connect
from tests.venues.feeds.channel import (
    Channel,
    calendar,
    capacities,
    days,
    feed_of,
    follow,
    hours,
    read,
)
from tests.venues.stage import Json, Stage, session_body, stay_body, table_body

NIGHTS: Final[Json] = {
    "weekdays": [1, 2, 3, 4, 5, 6, 7],
    "times": [],
    "until": "2026-09-14",
    "capacity": 2,
}


async def published(stage: Stage, body: Json, **schedule: object) -> Json:
    """Return an offering that is on sale, with nothing told of it yet."""
    venue = await stage.venue()
    offering = await stage.offering(venue, body)
    await stage.schedule(offering, **schedule)
    await stage.move(venue, "submissions")
    await stage.move(venue, "approvals", stage.office)
    await stage.forget_events()
    return offering


async def camp(stage: Stage, **other: object) -> Json:
    """Return two pitches, for the four nights from the 11th to the 14th."""
    return await published(stage, stay_body(**other), **NIGHTS)


async def test_a_night_that_another_channel_sold_is_one_pitch_less(
    stage: Stage, channel: Channel
) -> None:
    offering = await camp(stage)
    feed = await follow(stage, offering, channel)
    assert (feed["state"], feed["busy_times"], feed["fetched_at"]) == ("new", 0, None)
    # From Saturday to Monday: two nights, of which Monday's is none.
    channel.text = calendar(days("20260912", "20260914"))
    await read(stage)
    assert list((await capacities(stage, offering)).values()) == [2, 1, 1, 2]
    told = await stage.told()
    assert [(event.type, event.data["capacity"]) for event in told] == [
        ("slot.published.v1", 1),
        ("slot.published.v1", 1),
    ]
    feed = await feed_of(stage, offering)
    assert (feed["state"], feed["busy_times"], feed["fault"]) == ("good", 1, None)

    # Reading the same again changes nothing and tells nobody.
    await read(stage)
    assert len(await stage.told()) == 2

    channel.text = calendar()
    await read(stage)
    assert list((await capacities(stage, offering)).values()) == [2, 2, 2, 2]


async def test_two_bookings_elsewhere_take_two_and_never_more_than_there_are(
    stage: Stage, channel: Channel
) -> None:
    offering = await camp(stage)
    channel.text = calendar(*[days("20260912", "20260913")] * 3, days("20260913", "20260914"))
    await follow(stage, offering, channel)
    await read(stage)
    assert list((await capacities(stage, offering)).values()) == [2, 0, 1, 2]


async def test_a_calendar_may_take_the_whole_slot(stage: Stage, channel: Channel) -> None:
    offering = await camp(stage)
    channel.text = calendar(days("20260912", "20260913"))
    await follow(stage, offering, channel, blocks="all")
    await read(stage)
    assert list((await capacities(stage, offering)).values()) == [2, 0, 2, 2]


async def test_an_hour_blocks_what_it_overlaps(stage: Stage, channel: Channel) -> None:
    offering = await published(stage, session_body(), times=["10:00", "14:00"])
    # 13:00 to 14:30 and 16:00 to 17:00 in the villages: the session from 14:00 to 16:00 alone.
    channel.text = calendar(
        hours("20260912T050000", "20260912T063000"), hours("20260912T080000", "20260912T090000")
    )
    await follow(stage, offering, channel)
    await read(stage)
    found = await capacities(stage, offering)
    assert {start: left for start, left in found.items() if left != 12} == {"09-12T06:00": 11}


async def test_a_unit_of_one_option_is_taken(stage: Stage, channel: Channel) -> None:
    offering = await published(
        stage, table_body(), times=[], opens_at="10:00", closes_at="11:00", capacity=None
    )
    path = f"/v1/offerings/{offering['offering_id']}/feeds"
    for wrong, code in ((None, "missing"), ("nine", "unknown_option")):
        body = {"url": channel.url, "name": "x", "blocks": "unit"}
        answer = await stage.call(
            "POST", path, stage.operator, body if wrong is None else {**body, "option": wrong}
        )
        assert (answer.status, answer.fields) == (422, {"/option": code})
    channel.text = calendar(hours("20260912T021500", "20260912T024500"))
    await follow(stage, offering, channel, option="four")
    await read(stage)
    slots = await stage.slots(offering, "2026-09-12", "2026-09-12")
    assert [slot["capacity"] for slot in slots] == [7, 6, 6, 7]
    assert [part["capacity"] for part in slots[1]["parts"]] == [4, 2]


async def test_slots_that_are_made_later_are_blocked_from_the_beginning(
    stage: Stage, channel: Channel
) -> None:
    offering = await camp(stage)
    channel.text = calendar(days("20260916", "20260917"))
    await follow(stage, offering, channel)
    await read(stage)
    await stage.forget_events()
    await stage.schedule(offering, **{**NIGHTS, "until": "2026-09-17"})
    assert [event.data["capacity"] for event in await stage.told()] == [2, 1, 2]


async def test_a_feed_that_is_deleted_gives_everything_back(stage: Stage, channel: Channel) -> None:
    offering = await camp(stage)
    channel.text = calendar(days("20260912", "20260913"))
    feed = await follow(stage, offering, channel)
    await read(stage)
    path = f"/v1/feeds/{feed['feed_id']}"
    assert (await stage.call("DELETE", path, stage.operator)).status == 204
    assert list((await capacities(stage, offering)).values()) == [2, 2, 2, 2]
    assert (await stage.call("DELETE", path, stage.operator)).status == 404


async def test_search_knows_what_other_channels_sold(stage: Stage, channel: Channel) -> None:
    offering = await camp(stage)
    channel.text = calendar(days("20260912", "20260913"))
    feed = await follow(stage, offering, channel, blocks="all")
    await read(stage)

    async def found(day: str) -> list[str]:
        path = f"/v1/venues?date={day}&party=2"
        return [one["venue_id"] for one in (await stage.good("GET", path))["items"]]

    assert await found("2026-09-12") == []
    assert await found("2026-09-13") == [offering["venue_id"]]
    path = f"/v1/feeds/{feed['feed_id']}"
    assert (await stage.call("DELETE", path, stage.operator)).status == 204
    assert await found("2026-09-12") == [offering["venue_id"]]


async def test_a_changed_feed_blocks_otherwise_at_once(stage: Stage, channel: Channel) -> None:
    offering = await camp(stage)
    channel.text = calendar(days("20260912", "20260913"))
    feed = await follow(stage, offering, channel)
    await read(stage)
    path = f"/v1/feeds/{feed['feed_id']}"
    changed = await stage.good("PATCH", path, stage.operator, {"blocks": "all", "name": "民宿网"})
    assert (changed["blocks"], changed["name"], changed["version"]) == ("all", "民宿网", 2)
    assert list((await capacities(stage, offering)).values()) == [2, 0, 2, 2]
    late = await stage.call("PATCH", path, stage.operator, {"name": "x"}, If_Match='"1"')
    assert late.status == 412
    body = {"url": "http://127.0.0.1/a.ics"}
    refused = await stage.call("PATCH", path, stage.operator, body)
    assert (refused.status, refused.fields) == (422, {"/url": "url_address"})


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


async def test_what_is_sold_twice_is_listed(
    stage: Stage, channel: Channel, connect: Connect
) -> None:
    offering = await camp(stage)
    path = f"/v1/offerings/{offering['offering_id']}/feed-conflicts"
    assert (await stage.good("GET", path, stage.operator))["items"] == []
    slots = await stage.slots(offering, "2026-09-11", "2026-09-14")
    bookings = await connect("bookings")
    async with transaction(bookings) as conn:
        for slot, taken in zip(slots, (2, 2, 1, 0), strict=True):
            await conn.execute(
                "insert into pools (scope, subject_id, day, capacity, taken, ceiling)"
                " values ('slot', $1, '2026-09-12', 2, $2, 2)",
                slot["slot_id"],
                taken,
            )
    channel.text = calendar(days("20260912", "20260915"))
    await follow(stage, offering, channel)
    await read(stage)
    # The first night is sold out here and free there; of the third one pitch each; the fourth is
    # free here. Only the second is sold three times.
    [conflict] = (await stage.good("GET", path, stage.operator))["items"]
    assert conflict == {
        "slot_id": slots[1]["slot_id"],
        "day": "2026-09-12",
        "starts_at": slots[1]["starts_at"],
        "ends_at": slots[1]["ends_at"],
        "option": None,
        "capacity": 2,
        "taken": 2,
        "blocked": 1,
        "over": 1,
    }


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
