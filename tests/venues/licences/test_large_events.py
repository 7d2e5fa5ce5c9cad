"""Large events: which they are, what their permit is asked, and when their people are warned."""

from typing import Final

import pytest

from shared.db import transaction
from tests.venues.licences.papers import (
    HOURS,
    approve,
    confirmed,
    days_pass,
    listed,
    refuse,
    unlicensed,
    watch,
)
from tests.venues.stage import Json, Stage, entry_body, schedule_body

ROOM: Final = 5000
PERMITTED: Final = entry_body(expected_visitors=5000, event_permit_number="E-7")
FAIR: Final[Json] = {**HOURS, "weekdays": [4, 5, 6, 7], "from": "2026-10-01", "until": "2026-10-04"}


async def fair(stage: Stage) -> tuple[Json, Json]:
    """Return a published venue with a fair in October, and its permit for those days alone."""
    venue = await unlicensed(stage, (PERMITTED, FAIR), day_capacity=ROOM)
    await confirmed(stage, venue)
    days = {"valid_from": "2026-10-01", "valid_until": "2026-10-04"}
    permit = await confirmed(stage, venue, "event_permit", number="E-7", **days)
    published: Json = await stage.move(venue, "approvals", stage.office)
    return published, permit


async def test_a_permit_that_is_taken_back_before_its_first_day_takes_the_event_off_sale(
    stage: Stage,
) -> None:
    venue, permit = await fair(stage)
    await stage.forget_events()
    await refuse(stage, permit)
    assert "venue.withdrawn" in await stage.told_types()
    found = await listed(stage, venue)
    assert (found["missing"], found["suspended_at"] is None) == (["event_permit"], False)
    await watch(stage)
    assert (await listed(stage, venue))["suspended_at"] is not None


@pytest.mark.parametrize(
    ("schedule", "room", "needed"),
    [
        ({**HOURS, "capacity": 1000}, ROOM, True),
        ({**HOURS, "capacity": 999}, ROOM, False),
        ({**HOURS, "capacity": 1000}, 999, False),
        ({"times": ["09:00", "11:00", "13:00"], "capacity": 400}, ROOM, False),
        ({**HOURS, "rules": [{"weekdays": [6], "capacity": 1000}]}, ROOM, True),
        ({**HOURS, "exceptions": [{"day": "2026-09-13", "capacity": 1000}]}, ROOM, True),
        ({**HOURS, "exceptions": [{"day": "2026-09-13", "closed": True}]}, ROOM, False),
        (
            {
                **HOURS,
                "weekdays": [],
                "capacity": 1000,
                "rules": [{"weekdays": [6], "capacity": 900}],
            },
            ROOM,
            False,
        ),
        ({**HOURS, "capacity": 1000, "rules": [{"weekdays": [6], "capacity": 9}]}, ROOM, True),
        (
            {
                **HOURS,
                "weekdays": [],
                "capacity": 1000,
                "rules": [{"weekdays": [6], "capacity": 9}, {"weekdays": [7], "closed": True}],
            },
            ROOM,
            False,
        ),
        ({"times": ["09:00", "09:05", "09:10"], "capacity": 334}, ROOM, True),
        ({"times": ["09:00", "09:40", "10:20"], "capacity": 499}, ROOM, False),
        ({"times": ["09:00", "10:00"], "capacity": 500}, ROOM, False),
        ({"times": ["09:00", "09:05"], "capacity": 500}, 999, False),
        (
            {
                **HOURS,
                "capacity": 500,
                "rules": [{"weekdays": [6], "times": ["09:00", "09:59"]}],
            },
            ROOM,
            True,
        ),
        (
            {
                "weekdays": [],
                "times": ["09:00", "09:05"],
                "capacity": 500,
                "rules": [{"weekdays": [6], "opens_at": "09:00", "closes_at": "18:00"}],
            },
            ROOM,
            False,
        ),
    ],
    ids=[
        "by_its_places",
        "smaller",
        "no_room_for_them",
        "several_times_a_day",
        "by_a_rule",
        "by_an_exception",
        "closed_one_day",
        "by_rules_alone",
        "on_other_days",
        "closed_by_a_rule",
        "by_times_that_overlap",
        "smaller_at_each_moment",
        "one_after_the_other",
        "no_room_for_all_that_overlap",
        "by_the_times_of_a_rule",
        "with_hours_instead_of_times",
    ],
)
async def test_an_entry_is_as_large_as_what_it_can_sell_at_one_time(
    stage: Stage, schedule: Json, room: int, *, needed: bool
) -> None:
    body = entry_body(duration_minutes=60, expected_visitors=10)
    venue = await unlicensed(stage, (body, schedule), day_capacity=room)
    await confirmed(stage, venue)
    assert (await listed(stage, venue))["missing"] == (["event_permit"] if needed else [])
    assert (await approve(stage, venue)).status == (409 if needed else 200)


async def test_a_published_entry_does_not_grow_large_without_a_permit(stage: Stage) -> None:
    venue = await unlicensed(stage, (entry_body(), {**HOURS, "capacity": 2000}))
    await confirmed(stage, venue)
    venue = await stage.move(venue, "approvals", stage.office)
    (market,) = venue["offerings"]
    path = f"/v1/venues/{venue['venue_id']}"
    change = await stage.good("PATCH", path, stage.operator, {"day_capacity": 1000})
    approvals = f"/v1/change-proposals/{change['pending_change']['proposal_id']}/approvals"
    larger = await stage.call("POST", approvals, stage.office)
    assert (larger.code, larger.body["kinds"]) == ("licence_missing", ["event_permit"])
    smaller = {**HOURS, "capacity": 900}
    await stage.schedule(market, **smaller)
    assert (await stage.call("POST", approvals, stage.office)).status == 200
    fuller = {**smaller, "capacity": 1000}
    path = f"/v1/offerings/{market['offering_id']}/schedule"
    body = {"weekdays": [6, 7], "from": "2026-09-11", "until": "2026-09-30", **fuller}
    assert (await stage.call("PUT", path, stage.operator, body)).code == "licence_missing"


async def test_a_published_entry_does_not_last_longer_where_its_times_would_overlap(
    stage: Stage,
) -> None:
    times = {"times": ["09:00", "11:00"], "capacity": 500}
    venue = await unlicensed(stage, (entry_body(duration_minutes=120), times), day_capacity=ROOM)
    await confirmed(stage, venue)
    await stage.move(venue, "approvals", stage.office)
    path = f"/v1/venues/{venue['venue_id']}/offerings/{venue['offerings'][0]['offering_id']}"
    answer = await stage.call("PATCH", path, stage.operator, {"duration_minutes": 121})
    assert (answer.code, answer.body["kinds"]) == ("licence_missing", ["event_permit"])


async def test_an_event_that_never_had_a_permit_neither_grows_nor_lasts_longer_nor_excuses_another(
    stage: Stage,
) -> None:
    venue = await unlicensed(stage, (entry_body(), {**HOURS, "capacity": 900}), day_capacity=ROOM)
    await confirmed(stage, venue)
    venue = await stage.move(venue, "approvals", stage.office)
    async with transaction(stage.database) as conn:
        # As from before its places counted.
        await conn.execute("update schedules set capacity = 1000")
    await watch(stage)
    found = await listed(stage, venue)
    assert (found["missing"], found["suspended_at"]) == (["event_permit"], None)

    other = await stage.offering(venue, entry_body(slug="other"))
    for offering, change, status in (
        (venue["offerings"][0], {"capacity": 1000}, 200),
        (venue["offerings"][0], {"capacity": 1001}, 409),
        (venue["offerings"][0], {"capacity": 1000, "until": "2026-10-04"}, 409),
        (other, {"capacity": 1000}, 409),
        (other, {"capacity": 999}, 200),
        (venue["offerings"][0], {"capacity": 1000, "until": "2026-09-20"}, 200),
    ):
        path = f"/v1/offerings/{offering['offering_id']}/schedule"
        body = schedule_body(**HOURS, **change)
        answer = await stage.call("PUT", path, stage.operator, body)
        assert (answer.status, answer.body.get("kinds", [])) == (
            status,
            ["event_permit"] if status == 409 else [],
        )


LARGE_DAYS: Final[Json] = {
    "exceptions": {"exceptions": [{"day": "2026-10-01", "capacity": 2000}]},
    "rules": {
        "rules": [
            {
                "weekdays": [4, 6],
                "from": "2026-09-26",
                "until": "2026-10-01",
                "capacity": 2000,
            }
        ]
    },
}


@pytest.mark.parametrize("named_by", LARGE_DAYS)
async def test_a_permit_has_to_hold_until_the_last_large_day_alone(
    stage: Stage, named_by: str
) -> None:
    fields = {**HOURS, "until": "2026-12-31", "capacity": 500, **LARGE_DAYS[named_by]}
    body = entry_body(event_permit_number="E-7")
    venue = await unlicensed(stage, (body, fields), day_capacity=ROOM)
    await confirmed(stage, venue)
    days = {"valid_from": "2026-09-26", "valid_until": "2026-10-01"}
    await confirmed(stage, venue, "event_permit", number="E-7", **days)
    venue = await stage.move(venue, "approvals", stage.office)
    (market,) = venue["offerings"]
    await stage.schedule(market, **fields, accept_touched_orders=True)
    for _ in range(2):
        assert await warnings(stage, 11) == []
        assert (await listed(stage, venue))["suspended_at"] is None

    # What is past needs no permit any more; what is to come needs one.
    await stage.schedule(market, **fields, accept_touched_orders=True)
    assert (await listed(stage, venue))["missing"] == []
    path = f"/v1/offerings/{market['offering_id']}/schedule"
    later = {"exceptions": [{"day": "2026-10-05", "capacity": 2000}]}
    answer = await stage.call(
        "PUT", path, stage.operator, schedule_body(**{**fields, "rules": [], **later})
    )
    assert (answer.code, answer.body["kinds"]) == ("licence_missing", ["event_permit"])


async def test_an_event_is_not_said_to_be_smaller_before_the_office_agrees(stage: Stage) -> None:
    venue, _ = await fair(stage)
    path = f"/v1/venues/{venue['venue_id']}/offerings/{venue['offerings'][0]['offering_id']}"
    for body in ({"expected_visitors": 999}, {"event_permit_number": "E-8"}):
        changed = await stage.good("PATCH", path, stage.operator, body)
        assert changed["pending_change"]["changes"].items() >= body.items()
        assert (changed["expected_visitors"], changed["event_permit_number"]) == (5000, "E-7")


async def test_people_are_warned_of_a_permit_that_ends_before_its_event(stage: Stage) -> None:
    venue, _ = await fair(stage)
    await stage.move(venue, "pauses")
    longer = {**FAIR, "until": "2026-10-11"}
    await stage.schedule(venue["offerings"][0], **longer)
    # Another event's permit goes on longer, and is none for this one.
    await confirmed(stage, venue, "event_permit", number="E-9")
    assert await warnings(stage, 26) == [
        ("2026-09-11", 30),
        ("2026-09-24", 10),
        ("2026-10-03", 1),
        ("2026-10-05", None),
    ]


async def test_nobody_is_warned_of_a_permit_that_ends_with_its_event_or_is_continued(
    stage: Stage,
) -> None:
    venue, _ = await fair(stage)
    assert await warnings(stage, 12) == []
    await confirmed(
        stage,
        venue,
        "event_permit",
        number="E-7",
        valid_from="2026-10-05",
        valid_until="2026-10-11",
    )
    await stage.schedule(venue["offerings"][0], **{**FAIR, "until": "2026-10-11"})
    assert await warnings(stage, 12) == []


async def warnings(stage: Stage, days: int) -> list[tuple[str, int | None]]:
    """Watch the licences day by day; return on which day who was warned of how many days."""
    seen = []
    for _ in range(days):
        await stage.forget_events()
        await watch(stage)
        seen += [
            (stage.clock.now().date().isoformat(), event.data.get("days"))
            for event in await stage.told()
            if event.topic == "venues.licence"
        ]
        days_pass(stage, 1)
    return seen
