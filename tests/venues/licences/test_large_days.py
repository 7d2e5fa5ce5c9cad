"""Which days of an event are large by its schedule, and what an event without its permit may be."""

from datetime import date, timedelta
from typing import Final

import pytest

from shared.db import transaction
from tests.venues.licences.papers import HOURS, confirmed, listed, unlicensed
from tests.venues.stage import Json, Stage, entry_body, schedule_body

ROOM: Final = 5000
PERMITTED: Final = entry_body(duration_minutes=60, event_permit_number="E-7")
EVERY_DAY: Final = [1, 2, 3, 4, 5, 6, 7]
# Small but for what the rules and exceptions say; from a Friday until a Wednesday.
SMALL: Final[Json] = {**HOURS, "weekdays": EVERY_DAY, "capacity": 500, "until": "2026-12-30"}


def large(**days: object) -> Json:
    return {"rules": [{**days, "capacity": 2000}]}


DAYS: Final[dict[str, tuple[Json, str]]] = {
    "a_season": (large(season={"from": "09-26", "until": "10-10"}), "2026-10-10"),
    "a_season_over_new_year": (
        {**large(season={"from": "12-20", "until": "01-10"}), "until": "2027-06-30"},
        "2027-01-10",
    ),
    "weekdays": (large(weekdays=[6, 7]), "2026-12-27"),
    "its_own_weekdays": ({"weekdays": [6], "capacity": 2000}, "2026-12-26"),
    "weekdays_of_a_season": (
        large(weekdays=[1], season={"from": "09-01", "until": "10-31"}),
        "2026-10-26",
    ),
    "kinds_of_days": (large(day_types=["holiday"]), "2026-10-07"),
    "kinds_of_days_of_a_year_that_is_not_known": (
        {**large(day_types=["holiday"]), "until": "2027-01-31"},
        "2027-01-31",
    ),
    "the_end_of_a_recurrence": (
        large(rrule="FREQ=DAILY;INTERVAL=3;UNTIL=20261009", weekdays=[5]),
        "2026-10-09",
    ),
    "weekdays_of_a_recurrence": (large(rrule="FREQ=WEEKLY;INTERVAL=2;BYDAY=SA"), "2026-12-26"),
    "numbered_weekdays_of_a_recurrence": (large(rrule="FREQ=MONTHLY;BYDAY=-1TU"), "2026-12-29"),
    "blackouts": (
        {"capacity": 2000, "blackouts": [{"from": "2026-10-09", "until": "2026-12-31"}]},
        "2026-10-08",
    ),
    "what_is_closed": (
        {
            "capacity": 2000,
            "rules": [{"from": "2026-12-01", "closed": True}],
            "exceptions": [{"day": "2026-11-30", "closed": True}],
        },
        "2026-11-29",
    ),
    "a_later_rule_that_counts_instead": (
        {
            "rules": [
                {"season": {"from": "09-26", "until": "10-10"}, "capacity": 2000},
                {"from": "2026-10-05", "capacity": 500},
            ]
        },
        "2026-10-04",
    ),
    "a_later_rule_of_which_nobody_knows": (
        {
            "rules": [
                {"season": {"from": "09-26", "until": "10-10"}, "capacity": 2000},
                {"rrule": "FREQ=WEEKLY;COUNT=9", "capacity": 500},
            ]
        },
        "2026-10-10",
    ),
    "an_exception_after_all": (
        {
            **large(until="2026-10-01"),
            "exceptions": [{"day": "2026-10-05", "capacity": 2000}],
        },
        "2026-10-05",
    ),
}


@pytest.mark.parametrize(("says", "last"), DAYS.values(), ids=DAYS)
async def test_a_permit_has_to_hold_until_the_last_large_day_by_all_that_the_schedule_says(
    stage: Stage, says: Json, last: str
) -> None:
    venue = await unlicensed(stage, (PERMITTED, {**SMALL, **says}), day_capacity=ROOM)
    await confirmed(stage, venue)
    day = date.fromisoformat(last)
    for until, missing in ((day - timedelta(days=1), ["event_permit"]), (day, [])):
        await confirmed(stage, venue, "event_permit", number="E-7", valid_until=until.isoformat())
        assert (await listed(stage, venue))["missing"] == missing


async def test_an_event_that_is_expected_to_be_large_is_so_on_the_days_it_has(
    stage: Stage,
) -> None:
    body = {**PERMITTED, "expected_visitors": 5000}
    season = {"rules": [{"season": {"from": "09-26", "until": "10-10"}}], "weekdays": []}
    venue = await unlicensed(stage, (body, {**SMALL, **season}))
    await confirmed(stage, venue)
    await confirmed(stage, venue, "event_permit", number="E-7", valid_until="2026-10-10")
    assert (await listed(stage, venue))["missing"] == []


NIGHT: Final[Json] = {"times": ["22:00", "01:00"], "capacity": 500}


@pytest.mark.parametrize(
    ("schedule", "minutes", "needed"),
    [
        ({**NIGHT, "weekdays": [6, 7]}, 240, True),
        ({**NIGHT, "weekdays": [6, 7]}, 180, False),
        ({**NIGHT, "weekdays": [6, 7], "capacity": 499}, 240, False),
        ({**NIGHT, "weekdays": [6]}, 240, False),
        (
            {
                "weekdays": [6],
                "times": ["22:00"],
                "capacity": 400,
                "exceptions": [{"day": "2026-09-13", "times": ["01:00"], "capacity": 600}],
            },
            240,
            True,
        ),
        (
            {
                "weekdays": [6],
                "times": ["22:00"],
                "capacity": 600,
                "rules": [{"weekdays": [7], "opens_at": "00:00", "closes_at": "18:00"}],
            },
            240,
            True,
        ),
        (
            {
                "weekdays": [7],
                "times": ["00:30"],
                "capacity": 600,
                "rules": [{"weekdays": [6], "opens_at": "18:00", "closes_at": "23:30"}],
            },
            1440,
            False,
        ),
    ],
    ids=[
        "one_night_after_the_other",
        "the_earlier_ones_have_gone",
        "smaller",
        "the_next_day_has_none",
        "into_an_exception",
        "into_opening_hours",
        "opening_hours_are_over_by_midnight",
    ],
)
async def test_times_that_overlap_past_midnight_count_together(
    stage: Stage, schedule: Json, minutes: int, *, needed: bool
) -> None:
    body = entry_body(duration_minutes=minutes)
    venue = await unlicensed(stage, (body, schedule), day_capacity=ROOM)
    await confirmed(stage, venue)
    assert (await listed(stage, venue))["missing"] == (["event_permit"] if needed else [])


async def without_permit(stage: Stage, *schedules: Json) -> list[Json]:
    """Return entries with these schedules, on sale from before their places counted."""
    small = [
        (entry_body(slug=f"market-{number}", event_permit_number=f"E-{number}"), SMALL)
        for number, _ in enumerate(schedules)
    ]
    venue = await unlicensed(stage, *small, day_capacity=900)
    await confirmed(stage, venue)
    venue = await stage.move(venue, "approvals", stage.office)
    for offering, schedule in zip(venue["offerings"], schedules, strict=True):
        await stage.schedule(offering, **{**SMALL, **schedule})
    async with transaction(stage.database) as conn:
        await conn.execute("update venues set day_capacity = $1", ROOM)
    offerings: list[Json] = venue["offerings"]
    return offerings


async def put(stage: Stage, offering: Json, **other: object) -> int | str:
    """Set a schedule; return the status, or the code of a refusal."""
    path = f"/v1/offerings/{offering['offering_id']}/schedule"
    body = schedule_body(**{**SMALL, **other}, accept_touched_orders=True)
    answer = await stage.call("PUT", path, stage.operator, body)
    return answer.code if answer.status == 409 else answer.status


LARGEST: Final = {"exceptions": [{"day": "2026-10-01", "capacity": 4000}]}
MORE: Final = {"rules": [{"until": "2026-10-01", "capacity": 4000}]}


async def test_an_event_without_its_permit_is_as_large_on_no_more_and_no_later_days(
    stage: Stage,
) -> None:
    saturdays = {"weekdays": [6], "capacity": 1000}
    (market,) = await without_permit(stage, {**saturdays, **LARGEST})
    for change, expected in (
        ({**saturdays, **LARGEST}, 200),
        # As large as on its largest day: on all days, on those before it, and on one before it.
        ({**saturdays, "capacity": 4000}, "licence_missing"),
        (
            {**saturdays, **LARGEST, "rules": [{"until": "2026-10-01", "capacity": 4000}]},
            "licence_missing",
        ),
        ({**saturdays, "exceptions": [{"day": "2026-09-29", "capacity": 4000}]}, 200),
        ({**saturdays, **LARGEST}, "licence_missing"),
        # On more days than before, though none is larger or later.
        ({**saturdays, "weekdays": [5, 6]}, "licence_missing"),
        (saturdays, 200),
        ({**saturdays, "weekdays": [3]}, "licence_missing"),
        ({**saturdays, "weekdays": [5]}, 200),
    ):
        assert await put(stage, market, **change) == expected, change


async def test_what_a_permit_covers_may_grow_beside_what_none_covers(stage: Stage) -> None:
    first, second = await without_permit(
        stage,
        {"capacity": 1000, "until": "2026-10-10"},
        {"capacity": 1000, "until": "2026-12-30"},
    )
    async with transaction(stage.database) as conn:
        await conn.execute("update offerings set event_permit_number = 'E-7'")
        venue_id = await conn.fetchval("select venue_id from venues")
    await confirmed(
        stage, {"venue_id": venue_id}, "event_permit", number="E-7", valid_until="2026-10-31"
    )
    async with transaction(stage.database) as conn:
        # As from before the days of an event counted.
        await conn.execute("update venues set licence_suspended_at = null")
    for offering, change, expected in (
        (first, {"capacity": 1000, "until": "2026-10-20"}, 200),
        (first, {"capacity": 1000, "until": "2026-11-01"}, "licence_missing"),
        (
            second,
            {"capacity": 1000, "rules": [{"until": "2026-10-31", "capacity": 3000}]},
            200,
        ),
        (
            second,
            {"capacity": 1000, "rules": [{"until": "2026-11-01", "capacity": 3000}]},
            "licence_missing",
        ),
    ):
        assert await put(stage, offering, **change) == expected, change
