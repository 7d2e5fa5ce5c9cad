"""How time is cut: quarters of an hour for tables, days or fixed times for entries."""

from datetime import date, datetime, time, timedelta
from typing import Final

import asyncpg
import pytest

from services.venues import telling
from shared.core.clock import SHANGHAI
from shared.db import transaction
from tests.venues.stage import (
    Json,
    Stage,
    assert_gapless,
    entry_body,
    option,
    price,
    schedule_body,
    session_body,
    stay_body,
    table_body,
)

OPEN: Final[Json] = {"times": [], "opens_at": "10:00", "closes_at": "17:00"}
SIZES: Final = [option("two", 4, 2), option("four", 3, 4)]
PARTS: Final = [{"option": "two", "capacity": 4}, {"option": "four", "capacity": 3}]
EVERY_DAY: Final = [1, 2, 3, 4, 5, 6, 7]


async def open_cafe(stage: Stage, **other: object) -> tuple[Json, Json]:
    """A published café with tables on one weekend: a venue and its offering."""
    venue, _ = await stage.published_venue()
    offering = await stage.offering(venue, table_body())
    await set_hours(stage, offering, **other)
    return venue, offering


async def set_hours(stage: Stage, offering: Json, **other: object) -> Json:
    body = schedule_body(**{"until": "2026-09-13", **OPEN, **other})
    if offering["terms"]["options"] and "capacity" not in other:
        del body["capacity"]
    path = f"/v1/offerings/{offering['offering_id']}/schedule"
    schedule: Json = await stage.good("PUT", path, stage.operator, body)
    return schedule


async def set_options(stage: Stage, venue: Json, offering: Json, options: list[Json]) -> Json:
    path = f"/v1/venues/{venue['venue_id']}/offerings/{offering['offering_id']}"
    changed: Json = await stage.good("PATCH", path, stage.operator, {"terms": {"options": options}})
    return changed


async def test_tables_have_a_slot_for_each_quarter_hour_while_it_is_open(stage: Stage) -> None:
    offering = await stage.offering(await stage.venue(), table_body())
    schedule = await set_hours(stage, offering)
    assert schedule["capacity"] == 7
    assert (schedule["opens_at"], schedule["closes_at"]) == ("10:00", "17:00")
    assert schedule["slots"] == 2 * 7 * 4
    slots = await stage.slots(offering, "2026-09-01", "2026-09-30")
    opens = datetime(2026, 9, 12, 10, 0, tzinfo=SHANGHAI)
    quarter = timedelta(minutes=15)
    expected = [
        (opens + timedelta(days=day) + number * quarter) for day in range(2) for number in range(28)
    ]
    assert [datetime.fromisoformat(slot["starts_at"]) for slot in slots] == expected
    assert [datetime.fromisoformat(slot["ends_at"]) for slot in slots] == [
        start + quarter for start in expected
    ]
    assert {(slot["capacity"], str(slot["parts"])) for slot in slots} == {(7, str(PARTS))}


async def test_an_entry_without_times_has_one_slot_a_day(stage: Stage) -> None:
    offering = await stage.offering(await stage.venue(), entry_body())
    await set_hours(stage, offering, opens_at="09:10", closes_at="20:30", capacity=600)
    slots = await stage.slots(offering, "2026-09-01", "2026-09-30")
    assert [(slot["starts_at"], slot["ends_at"], slot["capacity"]) for slot in slots] == [
        ("2026-09-12T01:10:00Z", "2026-09-12T12:30:00Z", 600),
        ("2026-09-13T01:10:00Z", "2026-09-13T12:30:00Z", 600),
    ]
    assert [slot["parts"] for slot in slots] == [[], []]


async def test_a_timed_entry_has_a_slot_at_each_time(stage: Stage) -> None:
    offering = await stage.offering(await stage.venue(), entry_body(duration_minutes=90))
    await stage.schedule(offering, times=["09:00", "11:00"], until="2026-09-12")
    slots = await stage.slots(offering, "2026-09-01", "2026-09-30")
    assert [(slot["starts_at"], slot["ends_at"]) for slot in slots] == [
        ("2026-09-12T01:00:00Z", "2026-09-12T02:30:00Z"),
        ("2026-09-12T03:00:00Z", "2026-09-12T04:30:00Z"),
    ]


async def test_an_entry_that_becomes_timed_withdraws_the_days_that_it_had(stage: Stage) -> None:
    venue, _ = await stage.published_venue()
    offering = await stage.offering(venue, entry_body(duration_minutes=60))
    await set_hours(stage, offering)
    await stage.forget_events()
    await stage.schedule(offering, times=["10:00", "12:00"], until="2026-09-12")
    # Saturday's 10:00 goes on, shorter; Sunday is withdrawn; Saturday's 12:00 is new.
    assert await stage.told_types() == ["slot.withdrawn", "slot.published", "slot.published"]
    assert len(await stage.slots(offering, "2026-09-01", "2026-09-30")) == 2


async def test_nights_of_a_camp_have_parts_by_type_of_pitch(stage: Stage) -> None:
    venue, _ = await stage.published_venue()
    body = stay_body(
        persons_per_unit=None,
        prices=[price("pitch", 1)],
        terms={"options": [option("lakeside", 6, 4), option("forest", 10, 6)]},
    )
    camp = await stage.offering(venue, body)
    await stage.forget_events()
    await stage.schedule(camp, times=[], capacity=None, until="2026-09-12")
    (told,) = await stage.told()
    assert told.data["capacity"] == 16
    assert told.data["parts"] == [
        {"option": "lakeside", "capacity": 6},
        {"option": "forest", "capacity": 10},
    ]


async def test_slots_of_tables_are_published_with_their_parts(stage: Stage) -> None:
    _, offering = await open_cafe(stage)
    told = [
        event
        for event in await stage.told()
        if event.type == "slot.published.v1"
        and event.data["offering_id"] == offering["offering_id"]
    ]
    assert len(told) == 56
    assert {(event.data["kind"], event.data["capacity"]) for event in told} == {("table", 7)}
    assert all(event.data["parts"] == PARTS for event in told)


async def test_more_tables_are_told_for_each_slot_that_lies_ahead(stage: Stage) -> None:
    venue, offering = await open_cafe(stage)
    stage.clock.instant = datetime(2026, 9, 12, 16, 0, tzinfo=SHANGHAI)
    stage.operator = stage.tokens.person(organisations=(stage.organisation,))
    await stage.forget_events()
    # As many tables as before: only their sizes are others.
    await set_options(stage, venue, offering, [option("two", 3, 2), option("four", 4, 4)])
    told = await stage.told()
    assert [event.type for event in told[:2]] == ["offering.published.v1", "slot.published.v1"]
    # Saturday's last three quarters, and all of Sunday's.
    assert len(told) == 1 + 3 + 28
    assert all(event.data["parts"][0]["capacity"] == 3 for event in told[1:])
    before = (await stage.slots(offering, "2026-09-12", "2026-09-12"))[:25]
    assert all(slot["parts"] == PARTS for slot in before)
    assert_gapless(told[1:], first=2)


async def test_terms_that_leave_the_options_as_they_are_leave_the_slots_alone(
    stage: Stage,
) -> None:
    venue, offering = await open_cafe(stage)
    await stage.forget_events()
    path = f"/v1/venues/{venue['venue_id']}/offerings/{offering['offering_id']}"
    renamed = [{**SIZES[0], "name": {"zh": "窗边双人桌", "en": "For two"}}, SIZES[1]]
    await stage.change(path, {"terms": {"options": renamed, "party_most": 4}})
    assert await stage.told_types() == ["offering.published"]


async def test_a_camp_whose_types_of_pitch_end_keeps_as_many_pitches(stage: Stage) -> None:
    venue, _ = await stage.published_venue()
    body = stay_body(terms={"options": [option("lakeside", 6, 4), option("forest", 10, 6)]})
    camp = await stage.offering(venue, body)
    await stage.schedule(camp, times=[], capacity=16, until="2026-09-12")
    await set_options(stage, venue, camp, [])
    (night,) = await stage.slots(camp, "2026-09-01", "2026-09-30")
    assert (night["capacity"], night["parts"]) == (16, [])
    path = f"/v1/offerings/{camp['offering_id']}/schedule"
    assert (await stage.good("GET", path, stage.operator))["capacity"] == 16
    await stage.schedule(camp, times=[], capacity=5, until="2026-09-12")


TIMED_ENTRY: Final = entry_body(duration_minutes=60)
WRONG_HOURS: Final[list[tuple[Json, Json, dict[str, str]]]] = [
    (table_body(), {"times": ["10:00"]}, {"/times": "times_unfit"}),
    (table_body(), {"opens_at": None, "closes_at": None}, {"/opens_at": "hours_unfit"}),
    (
        table_body(),
        {"opens_at": "10:10", "closes_at": "16:50"},
        {"/opens_at": "not_a_quarter", "/closes_at": "not_a_quarter"},
    ),
    (table_body(), {"opens_at": None}, {"": "closes_before_it_opens"}),
    (table_body(), {"closes_at": "10:00"}, {"": "closes_before_it_opens"}),
    (table_body(), {"opens_at": "25:00"}, {"/opens_at": "format"}),
    (table_body(), {"capacity": 8}, {"/capacity": "capacity_is_of_options"}),
    (entry_body(), {"capacity": None}, {"/capacity": "missing"}),
    (entry_body(), {"opens_at": None, "closes_at": None}, {"/times": "times_or_hours"}),
    (TIMED_ENTRY, {"times": ["09:00"]}, {"/times": "times_or_hours"}),
    (
        entry_body(),
        {"times": ["09:00"], "opens_at": None, "closes_at": None},
        {"/times": "duration_missing"},
    ),
    (session_body(), {"times": ["09:00"]}, {"/opens_at": "hours_unfit"}),
    (stay_body(), {}, {"/opens_at": "hours_unfit"}),
]


async def test_hours_that_do_not_fit_the_kind_are_refused_by_field(stage: Stage) -> None:
    venue = await stage.venue()
    for number, (offering, change, fields) in enumerate(WRONG_HOURS):
        made = await stage.offering(venue, {**offering, "slug": f"offering-{number}"})
        path = f"/v1/offerings/{made['offering_id']}/schedule"
        without = {} if "capacity" in change or made["terms"]["options"] else {"capacity": 5}
        body = {**schedule_body(), **OPEN, "capacity": None, **without, **change}
        answer = await stage.call("PUT", path, stage.operator, body)
        assert (answer.status, answer.fields) == (422, fields), (offering["kind"], change)
        assert answer.body["errors"][0]["message"] != "内容不正确。"


REFUSED_BY_DATABASE: Final[list[tuple[str, str]]] = [
    ("update schedules set opens_at = null, closes_at = null", "schedules_times_fit_kind"),
    ("update schedules set times = array[time '10:00']", "schedules_times_fit_kind"),
    ("update schedules set closes_at = opens_at", "schedules_close_after_they_open"),
    ("update schedules set opens_at = '10:05'", "schedules_of_tables_keep_to_the_quarter"),
    ("update slots set capacity = 8", "slots_parts_add_up_to_capacity"),
    ("update slots set parts = '[{}]'", "slots_parts_add_up_to_capacity"),
]


async def test_the_database_itself_refuses_hours_and_parts_that_do_not_fit(stage: Stage) -> None:
    await set_hours(stage, await stage.offering(await stage.venue(), table_body()))
    for statement, constraint in REFUSED_BY_DATABASE:
        with pytest.raises(asyncpg.IntegrityConstraintViolationError) as refused:
            async with transaction(stage.database) as conn:
                await conn.execute(statement)
        assert refused.value.constraint_name == constraint


async def test_a_cafe_that_never_closes_is_told_quarter_by_quarter_and_withdrawn_again(
    stage: Stage,
) -> None:
    venue, _ = await open_cafe(
        stage, weekdays=EVERY_DAY, until="2027-01-31", opens_at="00:00", closes_at="23:45"
    )
    # 95 quarters on each of 90 days, and today's from 10:15 on.
    quarters = 95 * 90 + 54
    assert quarters > 4 * telling.SLOTS_AT_ONCE
    told = [event for event in await stage.told() if event.data.get("kind") == "table"]
    slots = [event for event in told if event.type == "slot.published.v1"]
    assert len({event.subject for event in slots}) == len(slots) == quarters
    last = date(2026, 12, 10)
    assert max(event.data["starts_at"] for event in slots) == (
        datetime.combine(last, time(15, 30)).isoformat() + "Z"
    )
    await stage.forget_events()
    await stage.move(venue, "pauses")
    types = await stage.told_types()
    assert types.count("slot.withdrawn") == quarters + 6
