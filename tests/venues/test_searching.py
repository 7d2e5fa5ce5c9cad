"""Search finds what people mean, knows who has places, and says why each is where it is."""

import asyncio
from datetime import date
from typing import Any
from urllib.parse import quote
from uuid import UUID

import pytest

from services.venues.app import REACTIONS
from services.venues.jobs.forget_past_days import forget_past_days
from services.venues.jobs.write_missing_words import write_missing_words
from shared.contracts.bookings import PlacesChanged, PoolScope
from shared.contracts.event import Envelope, source_of
from shared.core.clock import SystemClock
from shared.core.ids import new_id
from shared.db import acquire, transaction
from shared.http.kept_answers import forget_kept_answers
from tests.venues.stage import (
    Json,
    Stage,
    both,
    district_body,
    entry_body,
    option,
    session_body,
    stay_body,
    table_body,
    village_body,
)

SATURDAY = "2026-09-12"
SUNDAY = "2026-09-13"


async def page(stage: Stage, query: str = "", token: str | None = None) -> Json:
    """Return a page as it is now, not as it was a second ago."""
    forget_kept_answers()
    found: Json = await stage.good("GET", f"/v1/venues?{query}", token)
    return found


async def slugs(stage: Stage, query: str = "", token: str | None = None) -> list[str]:
    return [venue["slug"] for venue in (await page(stage, query, token))["items"]]


async def ask(stage: Stage, words: str) -> list[str]:
    return await slugs(stage, f"q={quote(words)}")


async def publish(
    stage: Stage, village: Json, body: Json, schedule: Json | None = None, **venue: object
) -> tuple[Json, Json]:
    """Publish a venue with one offering on weekends, from 14:00 if it has a time."""
    plain = {
        "summary": both("周末开放", "Open at weekends"),
        "description": both("欢迎。", "Welcome."),
    }
    made = await stage.venue(village["village_id"], **{**plain, **venue})
    offering = await stage.offering(made, {**body, "slug": "one"})
    await stage.schedule(offering, **(schedule or {}))
    await stage.move(made, "submissions")
    return await stage.move(made, "approvals", stage.office), offering


async def district(stage: Stage, *names: str) -> list[Json]:
    """Return villages of one district, in a row to the east, ten kilometres apart."""
    made = await stage.good("POST", "/v1/districts", stage.office, district_body())
    return [
        await stage.good(
            "POST",
            "/v1/villages",
            stage.office,
            village_body(
                made["district_id"],
                slug=name,
                name=both(f"{name}村", name.title()),
                location={"lat": 29.87, "lon": 121.78 + number * 0.1035},
            ),
        )
        for number, name in enumerate(names)
    ]


async def tell_left(
    stage: Stage,
    subject: str,
    left: int,
    *,
    scope: PoolScope = "slot",
    day: str = SATURDAY,
    capacity: int = 800,
    option: str = "",
    version: int = 1,
) -> None:
    """Let venues hear from bookings how many places are left."""
    event = PlacesChanged(
        pool_id=new_id(),
        scope=scope,
        subject_id=UUID(subject),
        option=option,
        day=date.fromisoformat(day),
        capacity=capacity,
        left=left,
    )
    envelope = Envelope(
        id=new_id(),
        source=source_of(event.topic),
        type=event.event_type,
        subject=event.pool_id,
        time=SystemClock().now(),
        version=version,
        data=event.model_dump(mode="json"),
    )
    async with transaction(stage.database) as conn:
        await REACTIONS[PlacesChanged](conn, event, envelope)


async def slot_ids(stage: Stage, offering: Json, day: str = SATURDAY) -> list[str]:
    return [slot["slot_id"] for slot in await stage.slots(offering, day, day)]


async def a_few_venues(stage: Stage) -> None:
    xinlu, jiaxi = await district(stage, "xinlu", "jiaxi")
    await publish(
        stage, xinlu, session_body(), slug="kiln", name=both("新路陶艺工坊", "Xinlu Studio")
    )
    await publish(
        stage,
        jiaxi,
        session_body(name=both("手作课", "A class")),
        slug="clay",
        name=both("泥巴屋", "Mud House"),
        address=both("溪边 3 号", "3 Streamside"),
        summary=both("做一只杯子", "Ceramics for everybody"),
    )
    await publish(
        stage,
        jiaxi,
        session_body(name=both("手冲课", "Pour-over class")),
        slug="cafe",
        name=both("山坡咖啡", "Hillside Café"),
    )


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("陶艺", ["kiln", "clay"]),
        ("陶", ["kiln", "clay"]),
        ("taoyi", ["kiln", "clay"]),
        ("tao yi", ["kiln", "clay"]),
        ("TaoYi", ["kiln", "clay"]),
        ("pottery", ["kiln", "clay"]),
        ("ceramics", ["clay", "kiln"]),
        ("xlty", ["kiln"]),
        ("新路 陶艺", ["kiln"]),
        ("xinlu pottery", ["kiln"]),
        ("咖", ["cafe"]),
        ("咖啡馆", ["cafe"]),
        ("coffee", ["cafe"]),
        ("cafe", ["cafe"]),
        ("shanpo", ["cafe"]),
        ("jiaxi", ["clay", "cafe"]),
        ("Mud H", ["clay"]),
    ],
)
async def test_words_are_found_in_both_languages_by_sound_and_by_meaning(
    stage: Stage, words: str, expected: list[str]
) -> None:
    await a_few_venues(stage)
    found = await page(stage, f"q={quote(words)}")
    assert [venue["slug"] for venue in found["items"]] == expected
    assert found["match"] == "all"


@pytest.mark.parametrize(
    ("words", "expected", "match"),
    [
        ("potery", ["kiln", "clay"], "similar"),
        ("hilside", ["cafe"], "similar"),
        ("陶意", ["kiln"], "similar"),
        ("陶艺 滑雪", ["kiln", "clay"], "some"),
        ("滑雪", [], "all"),
        ("skiing", [], "all"),
    ],
)
async def test_misspelt_words_and_single_words_are_tried_where_nothing_else_is_found(
    stage: Stage, words: str, expected: list[str], match: str
) -> None:
    await a_few_venues(stage)
    found = await page(stage, f"q={quote(words)}")
    assert ([venue["slug"] for venue in found["items"]], found["match"]) == (expected, match)


async def test_each_venue_says_why_it_stands_where_it_does(stage: Stage) -> None:
    await a_few_venues(stage)
    found = await page(stage, f"q={quote('陶艺')}&date={SATURDAY}&party=2&near=29.87,121.78")
    kiln, clay = found["items"]
    assert [(one["code"], one["points"]) for one in kiln["reasons"]] == [
        ("name", 60),
        ("near", 20),
        ("places", 10),
        ("quiet_village", 30),
    ]
    assert kiln["score"] == 120
    assert kiln["reasons"][3]["text"] == {"zh": "村里清静", "en": "A quiet village"}
    assert (kiln["days"], kiln["distance_km"]) == ([SATURDAY], 0.0)
    assert [one["code"] for one in clay["reasons"]] == [
        "meaning",
        "near",
        "places",
        "quiet_village",
    ]
    assert clay["distance_km"] == 10.0


async def test_words_follow_every_edit_at_once(stage: Stage) -> None:
    (village,) = await district(stage, "xinlu")
    venue, offering = await publish(stage, village, session_body(), slug="kiln")
    path = f"/v1/venues/{venue['venue_id']}"
    await stage.good("PATCH", path, stage.operator, {"summary": both("看星星", "Watch the stars")})
    assert await ask(stage, "星星") == ["kiln"]
    offering_path = f"{path}/offerings/{offering['offering_id']}"
    await stage.good("PATCH", offering_path, stage.operator, {"name": both("观鸟", "Birds")})
    assert await ask(stage, "guanniao") == ["kiln"]
    await stage.good("PATCH", "/v1/villages/xinlu", stage.office, {"name": both("云村", "Cloud")})
    await write_missing_words(stage.client.app)
    assert await ask(stage, "yuncun") == ["kiln"]
    async with acquire(stage.database) as conn:
        assert await conn.fetchval("select count(*) from stale_venue_words") == 0


async def test_words_that_were_never_written_are_written_by_the_job(stage: Stage) -> None:
    await a_few_venues(stage)
    async with transaction(stage.database) as conn:
        await conn.execute("update venue_words set all_words = '', spelled = '', edition = 0")
    assert await ask(stage, "taoyi") == []
    await asyncio.gather(*(write_missing_words(stage.client.app) for _ in range(2)))
    assert await ask(stage, "taoyi") == ["kiln", "clay"]


async def test_a_session_has_places_for_a_party_as_bookings_says(stage: Stage) -> None:
    (village,) = await district(stage, "xinlu")
    _venue, offering = await publish(stage, village, session_body(), slug="kiln")
    assert await slugs(stage, f"date={SATURDAY}&party=12") == ["kiln"]
    assert await slugs(stage, f"date={SATURDAY}&party=13") == []
    (slot,) = await slot_ids(stage, offering)
    await tell_left(stage, slot, 3, capacity=12, version=2)
    assert await slugs(stage, f"date={SATURDAY}&party=3") == ["kiln"]
    assert await slugs(stage, f"date={SATURDAY}&party=4") == []
    # What is older than what is known changes nothing.
    await tell_left(stage, slot, 12, capacity=12, version=1)
    assert await slugs(stage, f"date={SATURDAY}&party=4") == []
    await tell_left(stage, slot, 0, capacity=12, version=3)
    assert await slugs(stage, f"date={SATURDAY}&party=1") == []
    # It takes place all the same, and has a waiting list.
    assert await slugs(stage, f"date={SATURDAY}") == ["kiln"]
    await tell_left(stage, slot, 12, capacity=12, version=4)
    assert await slugs(stage, f"date={SATURDAY}&party=4") == ["kiln"]


@pytest.mark.parametrize("scope", ["venue_day", "village_day", "district_day"])
async def test_the_day_of_venue_village_and_district_must_have_room_too(
    stage: Stage, scope: PoolScope
) -> None:
    (village,) = await district(stage, "xinlu")
    venue, _offering = await publish(stage, village, session_body(), slug="kiln")
    subject = {
        "venue_day": venue["venue_id"],
        "village_day": village["village_id"],
        "district_day": village["district_id"],
    }[scope]
    await tell_left(stage, subject, 2, scope=scope)
    assert await slugs(stage, f"date={SATURDAY}&party=2") == ["kiln"]
    assert await slugs(stage, f"date={SATURDAY}&party=3") == []
    assert await slugs(stage, f"date={SUNDAY}&party=3") == ["kiln"]


async def test_a_stay_has_pitches_of_one_type_that_hold_the_party(stage: Stage) -> None:
    (village,) = await district(stage, "jiaxi")
    body = stay_body(
        persons_per_unit=None,
        terms={"options": [option("meadow", 3, 4), option("family", 1, 8)]},
    )
    _venue, offering = await publish(
        stage, village, body, {"times": [], "capacity": None}, slug="camp"
    )
    assert await slugs(stage, f"date={SATURDAY}&party=12") == ["camp"]
    assert await slugs(stage, f"date={SATURDAY}&party=13") == []
    (night,) = await slot_ids(stage, offering)
    await tell_left(stage, night, 1, option="meadow", capacity=3)
    assert await slugs(stage, f"date={SATURDAY}&party=8") == ["camp"]
    await tell_left(stage, night, 0, option="family", capacity=1)
    assert await slugs(stage, f"date={SATURDAY}&party=5") == []
    assert await slugs(stage, f"date={SATURDAY}&party=4") == ["camp"]


async def test_a_table_that_fits_is_free_for_its_whole_seating(stage: Stage) -> None:
    (village,) = await district(stage, "jiaxi")
    hours: Json = {
        "times": [],
        "opens_at": "10:00",
        "closes_at": "13:00",
        "capacity": None,
    }
    body = table_body(
        terms={
            "options": [option("two", 1, 2), option("four", 2, 4)],
            "joins": [{"options": ["four", "four"], "persons": 8}],
        }
    )
    _venue, offering = await publish(stage, village, body, hours, slug="cafe")
    assert await slugs(stage, f"date={SATURDAY}&party=8") == ["cafe"]
    assert await slugs(stage, f"date={SATURDAY}&party=9") == []
    quarters = await slot_ids(stage, offering)
    assert len(quarters) == 12
    # One of the two large tables is taken at noon: they can be joined for 90 minutes before.
    for quarter in quarters[6:8]:
        await tell_left(stage, quarter, 1, option="four", capacity=2)
    assert await slugs(stage, f"date={SATURDAY}&party=8") == ["cafe"]
    # From 11:15 on: nowhere is there an hour and a half any more.
    await tell_left(stage, quarters[5], 1, option="four", capacity=2)
    assert await slugs(stage, f"date={SATURDAY}&party=8") == []
    assert await slugs(stage, f"date={SATURDAY}&party=4") == ["cafe"]


async def test_a_slot_that_has_begun_is_no_place_but_an_entry_lasts_until_it_closes(
    stage: Stage,
) -> None:
    (village,) = await district(stage, "xinlu")
    await publish(stage, village, session_body(), slug="kiln")
    market: Json = {"times": [], "opens_at": "09:00", "closes_at": "17:00"}
    await publish(stage, village, entry_body(), market, slug="market")
    stage.clock.instant = stage.clock.instant.replace(day=12, hour=13)
    assert await slugs(stage, f"date={SATURDAY}") == ["kiln", "market"]
    stage.clock.instant = stage.clock.instant.replace(hour=15)
    assert await slugs(stage, f"date={SATURDAY}") == ["market"]
    stage.clock.instant = stage.clock.instant.replace(hour=18)
    assert await slugs(stage, f"date={SATURDAY}") == []


async def test_several_days_are_asked_one_by_one_or_from_one_to_another(stage: Stage) -> None:
    (village,) = await district(stage, "xinlu")
    await publish(stage, village, session_body(), {"weekdays": [6]}, slug="saturday")
    await publish(stage, village, session_body(), slug="weekend")
    for query in (
        f"date={SATURDAY}&date={SUNDAY}",
        "from=2026-09-11&until=2026-09-13",
        "party=2",
    ):
        found = await page(stage, query)
        assert {one["slug"]: one["days"] for one in found["items"]} == {
            "weekend": [SATURDAY, SUNDAY],
            "saturday": [SATURDAY],
        }
    assert await slugs(stage, f"date={SATURDAY}&date={SUNDAY}") == ["weekend", "saturday"]
    assert await slugs(stage, f"date={SUNDAY}") == ["weekend"]


async def test_a_party_that_an_offering_does_not_take_finds_others(stage: Stage) -> None:
    (village,) = await district(stage, "xinlu")
    await publish(
        stage,
        village,
        session_body(terms={"party_least": 4, "party_most": 8}),
        slug="groups",
    )
    assert await slugs(stage, f"date={SATURDAY}") == ["groups"]
    for party, expected in ((3, []), (4, ["groups"]), (8, ["groups"]), (9, [])):
        assert await slugs(stage, f"date={SATURDAY}&party={party}") == expected


async def test_prices_villages_and_kinds_are_counted_under_the_other_choices(
    stage: Stage,
) -> None:
    xinlu, jiaxi = await district(stage, "xinlu", "jiaxi")
    await publish(stage, xinlu, session_body(), slug="kiln")
    await publish(stage, jiaxi, stay_body(), {"times": []}, slug="camp")
    free = entry_body(prices=[{"ticket_type": "adult", "fen": 0}], payment="free")
    market: Json = {"times": [], "opens_at": "09:00", "closes_at": "17:00"}
    await publish(stage, jiaxi, free, market, slug="market")
    found = await page(stage, "village=jiaxi&price_most_fen=13000")
    assert [venue["slug"] for venue in found["items"]] == ["market"]
    assert found["total"] == 1
    facets = found["facets"]
    assert {one["kind"]: one["venues"] for one in facets["kinds"]} == {"entry": 1}
    assert {one["village"]["slug"]: one["venues"] for one in facets["villages"]} == {
        "jiaxi": 1,
        "xinlu": 1,
    }
    bands = [(one["least_fen"], one["most_fen"], one["venues"]) for one in facets["prices"]]
    assert bands == [(0, 0, 1), (10_001, 20_000, 1)]


async def test_near_leaves_out_what_is_far(stage: Stage) -> None:
    here, there = await district(stage, "xinlu", "jiaxi")
    await publish(stage, there, session_body(), slug="far")
    await publish(stage, here, session_body(), slug="close")
    assert await slugs(stage, "near=29.87,121.78") == ["close", "far"]
    assert await slugs(stage, "near=29.87,121.78&within_km=9") == ["close"]
    assert await slugs(stage, "near=29.87,121.89") == ["far", "close"]


async def test_a_crowded_village_comes_later_and_names_its_quieter_neighbours(
    stage: Stage,
) -> None:
    busy, full, quiet = await district(stage, "busy", "full", "quiet")
    for village in (busy, full, quiet):
        await publish(stage, village, session_body(), slug=f"kiln-{village['slug']}")
    neighbours = [full["village_id"], quiet["village_id"]]
    path = f"/v1/villages/{busy['village_id']}"
    await stage.good("PATCH", path, stage.office, {"neighbours": neighbours})
    await tell_left(stage, busy["village_id"], 80, scope="village_day")
    await tell_left(stage, full["village_id"], 0, scope="village_day")
    assert await slugs(stage, f"date={SATURDAY}") == ["kiln-quiet", "kiln-busy", "kiln-full"]
    found = await page(stage, f"date={SATURDAY}&party=2")
    assert [venue["slug"] for venue in found["items"]] == ["kiln-quiet", "kiln-busy"]
    led = {one["village"]["slug"]: one for one in found["led_elsewhere"]}
    assert (led["busy"]["crowding"], led["busy"]["day"]) == ("crowded", SATURDAY)
    assert [(one["slug"], one["crowding"]) for one in led["busy"]["neighbours"]] == [
        ("quiet", "quiet")
    ]
    assert (led["full"]["crowding"], led["full"]["neighbours"]) == ("full", [])
    asked = await page(stage, f"date={SATURDAY}&party=2&village=full")
    assert (asked["items"], [one["crowding"] for one in asked["led_elsewhere"]]) == ([], ["full"])
    assert (await page(stage, f"date={SUNDAY}"))["led_elsewhere"] == []


async def test_pages_under_a_ranking_show_each_venue_once(stage: Stage) -> None:
    villages = await district(stage, "one", "two", "three")
    for number in range(9):
        await publish(stage, villages[number % 3], session_body(), slug=f"kiln-{number}")
    await tell_left(stage, villages[0]["village_id"], 10, scope="village_day")
    await tell_left(stage, villages[1]["village_id"], 150, scope="village_day")
    query = f"date={SATURDAY}&q={quote('陶艺')}&near=29.87,121.9&limit=2"
    seen: list[str] = []
    cursor = ""
    while True:
        found = await page(stage, f"{query}{cursor}")
        seen += [venue["slug"] for venue in found["items"]]
        if found["next"] is None:
            break
        cursor = f"&cursor={found['next']}"
    assert seen == await slugs(stage, query.replace("limit=2", "limit=100"))
    assert sorted(seen) == [f"kiln-{number}" for number in range(9)]


@pytest.mark.parametrize(
    "query",
    [
        "party=0",
        "party=1001",
        "date=2026-09-12&date=x",
        "&".join(f"date=2026-09-{day:02}" for day in range(1, 16)),
        "from=2026-09-12",
        "from=2026-09-12&until=2026-09-11",
        "from=2026-09-01&until=2026-09-15",
        "near=29.87",
        "near=a,b",
        "within_km=0",
        "price_most_fen=-1",
        f"q={'x' * 101}",
        "cursor=eyJzY29yZSI6IngifQ",
    ],
)
async def test_what_makes_no_sense_is_refused(stage: Stage, query: str) -> None:
    answer = await stage.call("GET", f"/v1/venues?{query}")
    assert (answer.status, answer.code) == (422, "invalid_request")


@pytest.mark.parametrize("words", ["'", "') | ('", "a:*&!b", "\\", "%", "陶' | 'x", "&", "<->"])
async def test_words_are_never_read_as_a_question_to_the_database(stage: Stage, words: str) -> None:
    answer = await stage.call("GET", f"/v1/venues?q={quote(words)}")
    assert answer.status == 200


async def test_days_that_are_over_are_forgotten(stage: Stage) -> None:
    (village,) = await district(stage, "xinlu")
    _venue, offering = await publish(stage, village, session_body(), slug="kiln")
    (slot,) = await slot_ids(stage, offering)
    await tell_left(stage, slot, 3, capacity=12)
    await tell_left(stage, village["village_id"], 3, scope="village_day", day="2026-09-30")
    stage.clock.pass_days(5)
    await forget_past_days(stage.client.app)
    async with acquire(stage.database) as conn:
        assert await conn.fetchval("select count(*) from place_projections") == 1
        gone = await conn.fetchval("select min(day) from offering_days")
    assert gone > date(2026, 9, 14)


async def test_the_room_of_a_day_survives_schedules_and_news_at_once(stage: Stage) -> None:
    (village,) = await district(stage, "xinlu")
    _venue, offering = await publish(stage, village, session_body(), slug="kiln")
    (slot,) = await slot_ids(stage, offering)

    async def reschedule() -> Any:
        return await stage.schedule(offering, capacity=20)

    await asyncio.gather(reschedule(), tell_left(stage, slot, 7, capacity=12))
    assert await slugs(stage, f"date={SATURDAY}&party=7") == ["kiln"]
    assert await slugs(stage, f"date={SATURDAY}&party=8") == []
    assert await slugs(stage, f"date={SUNDAY}&party=20") == ["kiln"]
