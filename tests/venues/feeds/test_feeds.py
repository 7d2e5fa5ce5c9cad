"""What other channels sold is not sold here, for as long as their calendars say so."""

from shared.db import transaction
from tests.conftest import Connect
from tests.venues.feeds.channel import (
    NIGHTS,
    Channel,
    calendar,
    camp,
    capacities,
    days,
    feed_of,
    follow,
    hours,
    published,
    read,
)
from tests.venues.life.listings import added
from tests.venues.stage import Stage, option, session_body, stay_body, table_body


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


async def test_an_option_that_a_feed_takes_units_of_stays(stage: Stage, channel: Channel) -> None:
    offering = await published(
        stage, table_body(), times=[], opens_at="10:00", closes_at="11:00", capacity=None
    )
    channel.text = calendar(hours("20260912T021500", "20260912T024500"))
    feed = await follow(stage, offering, channel, option="two")
    await read(stage)
    path = f"/v1/venues/{offering['venue_id']}/offerings/{offering['offering_id']}"
    renamed = {"terms": {"options": [option("duo", 4, 2), option("four", 3, 4)]}}
    answer = await stage.call("PATCH", path, stage.operator, renamed)
    assert (answer.status, answer.fields) == (422, {"/terms": "option_in_feed"})
    slots = await stage.slots(offering, "2026-09-12", "2026-09-12")
    assert [slot["capacity"] for slot in slots] == [7, 6, 6, 7]
    await stage.call("DELETE", f"/v1/feeds/{feed['feed_id']}", stage.operator)
    await stage.change(path, renamed)


async def test_an_offering_gets_no_first_options_while_a_feed_names_none(
    stage: Stage, channel: Channel
) -> None:
    offering = await camp(stage)
    await follow(stage, offering, channel)
    path = f"/v1/venues/{offering['venue_id']}/offerings/{offering['offering_id']}"
    body = {"terms": {"options": [option("lawn", 2, 2)]}}
    answer = await stage.call("PATCH", path, stage.operator, body)
    assert (answer.status, answer.fields) == (422, {"/terms": "option_in_feed"})


async def test_a_month_and_thousands_of_hours_of_a_cafe_are_blocked_in_time(
    stage: Stage, channel: Channel
) -> None:
    offering = await published(
        stage,
        table_body(),
        weekdays=[1, 2, 3, 4, 5, 6, 7],
        times=[],
        opens_at="07:00",
        closes_at="23:00",
        capacity=None,
        until="2026-11-10",
    )
    times = [
        hours(
            f"202610{day:02}T{hour:02}{minute:02}00", f"202610{day:02}T{hour:02}{minute + 4:02}00"
        )
        for day in range(20, 31)
        for hour in range(15)
        for minute in range(0, 55, 5)
    ]
    channel.text = calendar(days("20260915", "20261015"), *times)
    await follow(stage, offering, channel, blocks="all")
    await read(stage)
    feed = await feed_of(stage, offering)
    assert (feed["state"], feed["busy_times"]) == ("good", 1816)
    async with transaction(stage.database) as conn:
        blocked = await conn.fetchval("select count(*) from slots where blocked > 0")
        shut = await conn.fetchval(
            "select count(*) from offering_days"
            " where day >= '2026-09-15' and day < '2026-10-15' and parties <> '{0}'"
        )
    assert (blocked, shut) == (30 * 64 + 11 * 60, 0)


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
    for known, status in ((None, 428), ('"1"', 412)):
        late = await stage.call("PATCH", path, stage.operator, {"name": "x"}, If_Match=known)
        assert late.status == status
    body = {"url": "http://127.0.0.1/a.ics"}
    refused = await stage.call("PATCH", path, stage.operator, body)
    assert (refused.status, refused.fields) == (422, {"/url": "url_address"})


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


async def test_conflicts_behind_thousands_of_blocked_tables_are_listed_page_by_page(
    stage: Stage, channel: Channel, connect: Connect
) -> None:
    sizes = [option(f"t{number}", 1, 2) for number in range(10)]
    offering = await published(
        stage,
        table_body(terms={"options": sizes}),
        weekdays=[1, 2, 3, 4, 5, 6, 7],
        times=[],
        opens_at="00:00",
        closes_at="23:45",
        capacity=None,
        until="2026-09-23",
    )
    channel.text = calendar(days("20260911", "20260924"))
    await follow(stage, offering, channel, blocks="all")
    await read(stage)
    # All but the last hours: more than 11,000 options of slots come before them.
    slots = (await stage.slots(offering, "2026-09-23", "2026-09-23"))[-60:]
    async with transaction(await connect("bookings")) as conn:
        await conn.execute(
            "insert into pools (scope, subject_id, day, option, capacity, taken, ceiling)"
            " select 'slot', slot_id, '2026-09-23', option, 1, 1, 1"
            " from unnest($1::uuid[]) as slot_id, unnest($2::text[]) as option",
            [slot["slot_id"] for slot in slots],
            [size["code"] for size in sizes],
        )
    path = f"/v1/offerings/{offering['offering_id']}/feed-conflicts"
    first = await stage.good("GET", path, stage.operator)
    second = await stage.good("GET", f"{path}?cursor={first['next']}", stage.operator)
    assert (len(first["items"]), len(second["items"]), second["next"]) == (500, 100, None)
    listed = {(one["slot_id"], one["option"]) for one in (*first["items"], *second["items"])}
    assert listed == {(slot["slot_id"], size["code"]) for slot in slots for size in sizes}


async def test_a_feed_puts_nothing_on_sale_that_waits_for_the_office(
    stage: Stage, channel: Channel
) -> None:
    listing = await added(stage, stay_body(), **NIGHTS)
    feed = await follow(stage, listing.offering, channel)
    channel.text = calendar(days("20260912", "20260914"))
    await read(stage)
    assert list((await capacities(stage, listing.offering)).values()) == [2, 1, 1, 2]
    path = f"/v1/feeds/{feed['feed_id']}"
    await stage.good("PATCH", path, stage.operator, {"blocks": "all"})
    assert (await stage.call("DELETE", path, stage.operator)).status == 204
    assert await stage.told_types() == []
