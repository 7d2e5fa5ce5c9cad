"""Schedules with rules, exceptions and days without, as their operators set them."""

from typing import Any, Final

from tests.venues.stage import (
    Answer,
    Json,
    Stage,
    assert_gapless,
    both,
    entry_body,
    schedule_body,
    stay_body,
    table_body,
)

SEPTEMBER: Final = ("2026-09-01", "2026-09-30")


async def put(stage: Stage, offering: Json, **other: Any) -> Answer:
    path = f"/v1/offerings/{offering['offering_id']}/schedule"
    return await stage.call("PUT", path, stage.operator, schedule_body(**other))


async def test_a_market_takes_place_every_second_saturday_but_not_in_a_storm(stage: Stage) -> None:
    market = await stage.offering(await stage.venue(), entry_body())
    wanted: Json = {
        "weekdays": [],
        "times": [],
        "opens_at": "09:00",
        "closes_at": "16:00",
        "rules": [
            {"rrule": "FREQ=WEEKLY;INTERVAL=2;BYDAY=SA", "from": "2026-09-07"},
            {"season": {"from": "10-01", "until": "10-31"}, "weekdays": [7], "capacity": 5},
        ],
        "exceptions": [
            {"day": "2026-09-26", "closed": True, "note": both("台风", "Typhoon")},
            {"day": "2026-09-27", "opens_at": "10:00", "closes_at": "12:00"},
        ],
        "blackouts": [{"from": "2026-10-01", "until": "2026-10-07"}],
        "until": "2026-10-31",
    }
    schedule = await stage.schedule(market, **wanted)
    assert (schedule["rules"][0]["rrule"], schedule["rules"][0]["from"]) == (
        "FREQ=WEEKLY;INTERVAL=2;BYDAY=SA",
        "2026-09-07",
    )
    assert schedule["rules"][1]["season"] == {"from": "10-01", "until": "10-31"}
    assert schedule["exceptions"][0]["note"] == both("台风", "Typhoon")
    slots = await stage.slots(market, "2026-09-01", "2026-10-31")
    assert [(slot["day"], slot["starts_at"][11:16], slot["capacity"]) for slot in slots] == [
        ("2026-09-12", "01:00", 12),
        ("2026-09-27", "02:00", 12),
        ("2026-10-10", "01:00", 12),
        ("2026-10-11", "01:00", 5),
        ("2026-10-18", "01:00", 5),
        ("2026-10-24", "01:00", 12),
        ("2026-10-25", "01:00", 5),
    ]
    path = f"/v1/offerings/{market['offering_id']}/schedule"
    meanwhile = {"touched_meanwhile": schedule["touched_meanwhile"]}
    assert {**await stage.good("GET", path, stage.operator), **meanwhile} == schedule


async def test_a_cafe_opens_longer_on_holidays_and_closes_on_make_up_workdays(
    stage: Stage,
) -> None:
    cafe = await stage.offering(await stage.venue(), table_body())
    await stage.schedule(
        cafe,
        weekdays=[7],
        times=[],
        opens_at="10:00",
        closes_at="11:00",
        capacity=None,
        rules=[
            {"day_types": ["holiday"], "opens_at": "10:00", "closes_at": "12:00"},
            {"day_types": ["make_up_workday"], "closed": True},
        ],
    )
    slots = await stage.slots(cafe, *SEPTEMBER)
    days = [slot["day"] for slot in slots]
    # Sunday 20 September is a workday; the 25th to the 27th are the Mid-Autumn Festival.
    assert {day: days.count(day) for day in days} == {
        "2026-09-13": 4,
        "2026-09-25": 8,
        "2026-09-26": 8,
        "2026-09-27": 8,
    }


async def test_a_change_of_rules_keeps_what_stays_and_loses_no_slot(stage: Stage) -> None:
    _, offering = await stage.published_venue()
    before = await stage.slots(offering, *SEPTEMBER)
    await stage.forget_events()
    saturday = {"weekdays": [6], "times": ["14:00", "16:00"]}
    await stage.schedule(offering, weekdays=[7], rules=[saturday])
    after = await stage.slots(offering, *SEPTEMBER)
    assert [slot for slot in after if slot in before] == before
    assert len(after) == len(before) + 3
    await stage.schedule(offering, exceptions=[{"day": "2026-09-12", "closed": True}])
    await stage.schedule(offering)
    assert await stage.slots(offering, *SEPTEMBER) == before
    told = [event for event in await stage.told() if event.topic == "venues.slot"]
    of_old = [event for event in told if str(event.subject) in {one["slot_id"] for one in before}]
    assert [event.type for event in of_old] == ["slot.withdrawn.v1", "slot.published.v1"]
    assert_gapless(of_old, first=2)


WRONG: Final[list[tuple[Json, dict[str, str]]]] = [
    ({"rules": [{}]}, {"/rules/0": "rule_without_days"}),
    ({"rules": [{"closed": True}]}, {"/rules/0": "rule_without_days"}),
    ({"rules": [{"weekdays": []}]}, {"/rules/0/weekdays": "too_few"}),
    ({"rules": [{"weekdays": [8]}]}, {"/rules/0/weekdays/0": "too_large"}),
    ({"rules": [{"day_types": ["sunday"]}]}, {"/rules/0/day_types/0": "not_one_of"}),
    ({"rules": [{"rrule": "FREQ=HOURLY"}]}, {"/rules/0/rrule": "rrule_malformed"}),
    (
        {"rules": [{"rrule": "FREQ=MONTHLY;INTERVAL=12;BYMONTHDAY=30"}]},
        {"/rules/0/rrule": "rrule_unbounded"},
    ),
    ({"rules": [{"rrule": "FREQ=DAILY;" * 40}]}, {"/rules/0/rrule": "text_too_long"}),
    (
        {"rules": [{"rrule": "FREQ=DAILY", "from": "2020-01-01"}]},
        {"/rules/0/rrule": "rrule_too_far_back"},
    ),
    (
        {"rules": [{"season": {"from": "02-30", "until": "03-01"}}]},
        {"/rules/0/season/from": "date"},
    ),
    (
        {"rules": [{"season": {"from": "1-1", "until": "03-01"}}]},
        {"/rules/0/season/from": "format"},
    ),
    (
        {"rules": [{"from": "2026-09-12", "until": "2026-09-11"}]},
        {"/rules/0": "ends_before_start"},
    ),
    (
        {"rules": [{"weekdays": [1], "closed": True, "times": ["09:00"]}]},
        {"/rules/0": "closed_or_open"},
    ),
    (
        {"rules": [{"weekdays": [1], "opens_at": "09:00", "closes_at": "10:00"}]},
        {"/rules/0/times": "times_unfit"},
    ),
    ({"rules": [{"weekdays": [1], "capacity": 0}]}, {"/rules/0/capacity": "too_small"}),
    ({"rules": [{"weekdays": [1]}] * 21}, {"/rules": "too_many"}),
    (
        {"exceptions": [{"day": "2026-09-12"}, {"day": "2026-09-12", "closed": True}]},
        {"/exceptions/1/day": "day_repeated"},
    ),
    ({"exceptions": [{"day": "2026-10-01"}]}, {"/exceptions/0/day": "outside_schedule"}),
    (
        {
            "exceptions": [{"day": "2026-09-12"}],
            "blackouts": [{"from": "2026-09-10", "until": "2026-09-12"}],
        },
        {"/exceptions/0/day": "exception_in_blackout"},
    ),
    (
        {"exceptions": [{"day": "2026-09-12", "note": both("", "Rain")}]},
        {"/exceptions/0/note/zh": "text_too_short"},
    ),
    ({"exceptions": [{"day": "2026-09-12"}] * 101}, {"/exceptions": "too_many"}),
    (
        {"blackouts": [{"from": "2026-09-12", "until": "2026-09-11"}]},
        {"/blackouts/0": "ends_before_start"},
    ),
    ({"weekdays": []}, {"/weekdays": "too_few"}),
    ({"rules": [{"weekdays": [1], "status": "open"}]}, {"/rules/0/status": "unknown"}),
]


async def test_what_makes_no_sense_is_refused_by_field_with_a_sentence(stage: Stage) -> None:
    offering = await stage.offering(await stage.venue())
    for change, fields in WRONG:
        answer = await put(stage, offering, **change)
        assert (answer.status, answer.fields) == (422, fields), change
        assert all(error["message"] != "内容不正确。" for error in answer.body["errors"]), change
    path = f"/v1/offerings/{offering['offering_id']}/schedule"
    assert (await stage.call("GET", path, stage.operator)).status == 404


async def test_what_has_options_takes_its_places_from_them_on_every_day(stage: Stage) -> None:
    cafe = await stage.offering(await stage.venue(), table_body())
    hours: Json = {"times": [], "opens_at": "10:00", "closes_at": "11:00", "capacity": None}
    answer = await put(stage, cafe, **hours, rules=[{"weekdays": [1], "capacity": 3}])
    assert answer.fields == {"/rules/0/capacity": "capacity_is_of_options_alone"}
    camp = await stage.offering(await stage.venue(slug="camp"), stay_body())
    answer = await put(stage, camp, times=[], rules=[{"weekdays": [1], "times": ["09:00"]}])
    assert answer.fields == {"/rules/0/times": "times_unfit"}
