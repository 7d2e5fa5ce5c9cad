"""From schedules to slots."""

from datetime import date, datetime, time, timedelta
from typing import Final

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.venues.jobs.make_coming_slots import make_coming_slots
from shared.core.clock import SHANGHAI
from shared.db import transaction
from tests.support.databases import Clone
from tests.venues.stage import (
    NOW,
    Json,
    Stage,
    assert_gapless,
    schedule_body,
    session_body,
    stay_body,
)

TODAY: Final = NOW.date()
LAST_DAY: Final = "select max(day) from slots where offering_id = $1 and offered"
STARTS: Final = "select starts_at from slots where offering_id = $1 and offered"
# A property's examples share one database: each sets the schedule anew, which is part of it.
PROPERTY: Final = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


async def test_a_session_has_a_slot_at_each_time_of_each_listed_day(stage: Stage) -> None:
    offering = await stage.offering(await stage.venue())
    schedule = await stage.schedule(offering, times=["16:30", "09:00"], until="2026-09-13")
    meanwhile = schedule.pop("touched_meanwhile")
    assert meanwhile == {"orders": 0, "persons": 0, "fen": 0, "first": []}
    assert schedule == {
        "offering_id": offering["offering_id"],
        **schedule_body(times=["09:00", "16:30"], until="2026-09-13"),
        "opens_at": None,
        "closes_at": None,
        "rules": [],
        "exceptions": [],
        "blackouts": [],
        "slots": 4,
        "slots_until": "2026-09-13",
        "waits_for_year": None,
        "version": 1,
    }
    path = f"/v1/offerings/{offering['offering_id']}/schedule"
    assert await stage.good("GET", path, stage.operator) == schedule
    slots = await stage.slots(offering, "2026-09-01", "2026-09-30")
    assert [(slot["day"], slot["starts_at"], slot["ends_at"]) for slot in slots] == [
        ("2026-09-12", "2026-09-12T01:00:00Z", "2026-09-12T03:00:00Z"),
        ("2026-09-12", "2026-09-12T08:30:00Z", "2026-09-12T10:30:00Z"),
        ("2026-09-13", "2026-09-13T01:00:00Z", "2026-09-13T03:00:00Z"),
        ("2026-09-13", "2026-09-13T08:30:00Z", "2026-09-13T10:30:00Z"),
    ]


async def test_a_stay_has_a_night_from_afternoon_to_the_next_morning(stage: Stage) -> None:
    pitch = await stage.offering(await stage.venue(), stay_body())
    await stage.schedule(pitch, weekdays=[5], times=[], until="2026-09-11", capacity=8)
    (night,) = await stage.slots(pitch, "2026-09-01", "2026-09-30")
    assert night["day"] == "2026-09-11"
    assert night["starts_at"] == "2026-09-11T07:00:00Z"  # 15:00 in the village
    assert night["ends_at"] == "2026-09-12T03:00:00Z"  # 11:00 the next day
    assert night["capacity"] == 8


async def test_the_same_schedule_again_changes_nothing_and_tells_nobody(stage: Stage) -> None:
    _, offering = await stage.published_venue()
    before = await stage.slots(offering, "2026-09-01", "2026-09-30")
    await stage.forget_events()
    await stage.schedule(offering)
    assert await stage.slots(offering, "2026-09-01", "2026-09-30") == before
    assert await stage.told() == []


async def test_a_new_capacity_is_told_for_each_slot_that_lies_ahead(stage: Stage) -> None:
    _, offering = await stage.published_venue()
    before = await stage.slots(offering, "2026-09-01", "2026-09-30")
    await stage.schedule(offering, capacity=20)
    after = await stage.slots(offering, "2026-09-01", "2026-09-30")
    assert after == [{**slot, "capacity": 20} for slot in before]
    told = [event for event in await stage.told() if event.topic == "venues.slot"]
    assert [event.data["capacity"] for event in told] == [12] * 6 + [20] * 6
    assert_gapless(told)


async def test_what_a_schedule_drops_is_withdrawn_and_can_come_back(stage: Stage) -> None:
    _, offering = await stage.published_venue()
    before = await stage.slots(offering, "2026-09-01", "2026-09-30")
    await stage.forget_events()
    await stage.schedule(offering, weekdays=[7])
    assert await stage.told_types() == ["slot.withdrawn"] * 3
    assert await stage.slots(offering, "2026-09-01", "2026-09-30") == before[1::2]
    await stage.schedule(offering)
    assert await stage.told_types() == ["slot.withdrawn"] * 3 + ["slot.published"] * 3
    assert await stage.slots(offering, "2026-09-01", "2026-09-30") == before
    assert_gapless(await stage.told(), first=2)


async def test_a_slot_that_has_begun_is_left_alone(stage: Stage) -> None:
    _, offering = await stage.published_venue()
    stage.clock.instant = datetime(2026, 9, 12, 14, 0, tzinfo=SHANGHAI)
    stage.operator = stage.tokens.person(organisations=(stage.organisation,))
    await stage.schedule(offering, weekdays=[1], capacity=5)
    slots = await stage.slots(offering, "2026-09-01", "2026-09-30")
    assert [(slot["day"], slot["capacity"]) for slot in slots] == [
        ("2026-09-12", 12),
        ("2026-09-14", 5),
        ("2026-09-21", 5),
        ("2026-09-28", 5),
    ]


async def test_slots_are_made_ninety_days_ahead_and_then_day_by_day(stage: Stage) -> None:
    _, offering = await stage.published_venue()
    every_day = [1, 2, 3, 4, 5, 6, 7]
    schedule = await stage.schedule(offering, weekdays=every_day, until="2027-03-01")
    assert schedule["slots"] == 91
    await stage.forget_events()
    stage.clock.pass_days(2)
    for _ in range(2):
        await make_coming_slots(stage.client.app)
    told = await stage.told()
    assert [event.data["day"] for event in told] == ["2026-12-11", "2026-12-12"]


REFUSE_SLOTS: Final = """
create function venues.refuse_slots() returns trigger language plpgsql as $$
begin
    if new.offering_id = '{offering_id}' then
        raise exception 'a bug';
    end if;
    return new;
end
$$;
create trigger refuse_slots before insert on venues.slots
for each row execute function venues.refuse_slots();
"""


async def test_a_venue_whose_slots_cannot_be_made_stops_no_other_one(
    stage: Stage, database: Clone
) -> None:
    offerings = [await stage.offering(await stage.venue(slug=f"venue-{n}")) for n in range(5)]
    for offering in offerings:
        await stage.schedule(offering, weekdays=[1, 2, 3, 4, 5, 6, 7], until="2027-03-01")
    broken = min(offerings, key=lambda one: one["venue_id"])
    owner = await asyncpg.connect(database.owner_url)
    await owner.execute(REFUSE_SLOTS.format(offering_id=broken["offering_id"]))
    await owner.close()
    stage.clock.pass_days(2)
    with pytest.raises(ExceptionGroup) as failed:
        await make_coming_slots(stage.client.app)
    assert len(failed.value.exceptions) == 1
    async with transaction(stage.database) as conn:
        ends = {
            offering["offering_id"]: await conn.fetchval(LAST_DAY, offering["offering_id"])
            for offering in offerings
        }
    before, after = date(2026, 12, 10), date(2026, 12, 12)
    assert ends.pop(broken["offering_id"]) == before
    assert set(ends.values()) == {after}


WRONG_SCHEDULES: Final[list[tuple[Json, str, str]]] = [
    ({"weekdays": []}, "/weekdays", "too_few"),
    ({"weekdays": [0]}, "/weekdays/0", "too_small"),
    ({"weekdays": [8]}, "/weekdays/0", "too_large"),
    ({"weekdays": [1, 1]}, "", "weekdays_or_times_repeated"),
    ({"times": ["09:00", "09:00"]}, "", "weekdays_or_times_repeated"),
    ({"times": []}, "/times", "times_unfit"),
    ({"times": ["24:00"]}, "/times/0", "format"),
    ({"times": ["9:00"]}, "/times/0", "format"),
    ({"times": ["09:00:30"]}, "/times/0", "format"),
    ({"until": "2026-09-10"}, "", "ends_before_start"),
    ({"until": "2027-09-13"}, "/until", "too_late"),
    ({"until": "9999-12-31"}, "/until", "too_large"),
    ({"capacity": 0}, "/capacity", "too_small"),
    ({"capacity": "12"}, "/capacity", "integer"),
]


async def test_a_schedule_that_makes_no_sense_is_refused_by_field(stage: Stage) -> None:
    offering = await stage.offering(await stage.venue())
    for change, field, code in WRONG_SCHEDULES:
        path = f"/v1/offerings/{offering['offering_id']}/schedule"
        answer = await stage.call("PUT", path, stage.operator, schedule_body(**change))
        assert (answer.status, answer.fields) == (422, {field: code})


async def test_a_stay_takes_no_times(stage: Stage) -> None:
    pitch = await stage.offering(await stage.venue(), stay_body())
    path = f"/v1/offerings/{pitch['offering_id']}/schedule"
    answer = await stage.call("PUT", path, stage.operator, schedule_body())
    assert (answer.status, answer.fields) == (422, {"/times": "times_unfit"})


async def test_identical_schedules_at_once_double_no_slot(stage: Stage) -> None:
    _, offering = await stage.published_venue()
    await stage.forget_events()
    path = f"/v1/offerings/{offering['offering_id']}/schedule"
    body = schedule_body(weekdays=[1, 2, 3], times=["10:00", "15:00"])
    answers = await stage.at_once(
        *(stage.call("PUT", path, stage.operator, body) for _ in range(4))
    )
    # Whoever comes second has not read what the first one set.
    assert {answer.status for answer in answers} - {412} == {200}
    slots = await stage.slots(offering, "2026-09-01", "2026-09-30")
    assert len(slots) == len({slot["starts_at"] for slot in slots}) == 18
    told = await stage.told_types()
    assert (told.count("slot.withdrawn"), told.count("slot.published")) == (6, 18)


async def test_an_approval_and_a_schedule_at_once_leave_no_slot_untold(stage: Stage) -> None:
    venue, offering = await stage.submitted_venue()
    path = f"/v1/offerings/{offering['offering_id']}/schedule"
    approval, schedule = await stage.at_once(
        stage.call("POST", f"/v1/venues/{venue['venue_id']}/approvals", stage.office),
        stage.call("PUT", path, stage.operator, schedule_body(weekdays=[6, 7, 1], capacity=3)),
    )
    assert (approval.status, schedule.status) == (200, 200)
    told = [event for event in await stage.told() if event.topic == "venues.slot"]
    latest = {event.subject: event for event in told}
    slots = await stage.slots(offering, "2026-09-01", "2026-09-30")
    assert {str(subject) for subject in latest} == {slot["slot_id"] for slot in slots}
    assert {event.data["capacity"] for event in latest.values()} == {3}
    assert_gapless(told)


WRONG_RANGES: Final[list[str]] = ["from=2026-09-02&to=2026-09-01", "from=2026-01-01&to=2026-12-31"]


async def test_a_range_of_days_that_makes_no_sense_is_refused(stage: Stage) -> None:
    offering = await stage.offering(await stage.venue())
    for query in WRONG_RANGES:
        path = f"/v1/offerings/{offering['offering_id']}/slots?{query}"
        assert (await stage.call("GET", path, stage.operator)).status == 422


async def test_slots_of_the_coming_month_are_listed_by_default(stage: Stage) -> None:
    offering = await stage.offering(await stage.venue())
    await stage.schedule(offering, weekdays=[5], until="2026-12-01")
    path = f"/v1/offerings/{offering['offering_id']}/slots"
    days = [slot["day"] for slot in (await stage.good("GET", path, stage.operator))["items"]]
    assert days == ["2026-09-11", "2026-09-18", "2026-09-25", "2026-10-02", "2026-10-09"]


async def test_an_offering_without_a_schedule_shows_none(stage: Stage) -> None:
    offering = await stage.offering(await stage.venue())
    path = f"/v1/offerings/{offering['offering_id']}/schedule"
    assert (await stage.call("GET", path, stage.operator)).status == 404


WEEKDAYS: Final = st.sets(st.integers(1, 7), min_size=1)
TIMES: Final = st.sets(
    st.times().map(lambda t: t.replace(second=0, microsecond=0)), min_size=1, max_size=4
)
DAYS: Final = st.integers(-20, 120).map(lambda days: TODAY + timedelta(days=days))


def expected(days: set[int], times: set[time], first: date, last: date) -> set[datetime]:
    """What a person would find by leafing through a calendar."""
    found = set()
    day = TODAY
    while day <= TODAY + timedelta(days=90):
        if first <= day <= last and day.isoweekday() in days:
            found |= {datetime.combine(day, start, SHANGHAI) for start in times}
        day += timedelta(days=1)
    return {start for start in found if start > NOW}


@PROPERTY
@given(days=WEEKDAYS, times=TIMES, first=DAYS, length=st.integers(0, 150))
async def test_slots_are_exactly_the_listed_local_weekdays_and_times(
    stage: Stage, days: set[int], times: set[time], first: date, length: int
) -> None:
    last = first + timedelta(days=length)
    body = {"weekdays": sorted(days), "from": str(first), "until": str(last), "capacity": 1}
    workshop, camp = await both_kinds(stage)
    listed = [start.strftime("%H:%M") for start in times]
    await set_schedule(stage, workshop, {**body, "times": listed})
    await set_schedule(stage, camp, body)
    sessions, nights = await starts(stage, workshop), await starts(stage, camp)
    assert len(sessions) == len(set(sessions))
    assert set(sessions) == expected(days, times, first, last)
    assert set(nights) == expected(days, {time(15)}, first, last)


async def both_kinds(stage: Stage) -> tuple[str, str]:
    """Return a workshop and a camp, the same ones for all examples."""
    listed = (await stage.good("GET", "/v1/venues?state=any", stage.operator))["items"]
    if not listed:
        venue = await stage.venue()
        await stage.offering(venue, session_body())
        await stage.offering(venue, stay_body())
        return await both_kinds(stage)
    workshop, camp = (offering["offering_id"] for offering in listed[0]["offerings"])
    return workshop, camp


async def set_schedule(stage: Stage, offering_id: str, body: Json) -> None:
    await stage.good("PUT", f"/v1/offerings/{offering_id}/schedule", stage.operator, body)


async def starts(stage: Stage, offering_id: str) -> list[datetime]:
    async with transaction(stage.database) as conn:
        rows = await conn.fetch(STARTS, offering_id)
    return [row["starts_at"] for row in rows]
