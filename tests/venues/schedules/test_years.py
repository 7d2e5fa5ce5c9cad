"""No slots in a year that nobody has decreed; once it is known they follow by themselves."""

from typing import Final

import pytest
from structlog.testing import capture_logs

from services.venues import slot_alarm
from services.venues.jobs.make_coming_slots import make_coming_slots
from services.venues.jobs.report_missing_years import report_missing_years
from tests.venues.stage import Json, Stage, assert_gapless, stay_body

EVERY_DAY: Final = [1, 2, 3, 4, 5, 6, 7]
YEAR_2027: Final = {
    "source": "国办发明电〔2026〕8号",
    "days": [
        {
            "day": "2027-01-01",
            "day_type": "holiday",
            "name": {"zh": "元旦", "en": "New Year's Day"},
        }
    ],
}


async def at_christmas(stage: Stage) -> Json:
    """Return a camp at a published venue whose schedule runs into a year nobody knows."""
    stage.clock.pass_days(100)
    stage.__post_init__()
    venue, _ = await stage.published_venue()
    offering = await stage.offering(venue, stay_body())
    await stage.schedule(offering, weekdays=EVERY_DAY, times=[], until="2027-06-30")
    return offering


async def days(stage: Stage, offering: Json) -> list[str]:
    slots = await stage.slots(offering, "2026-12-20", "2027-03-20")
    return [slot["day"] for slot in slots]


async def test_slots_end_with_the_last_year_that_is_known(stage: Stage) -> None:
    offering = await at_christmas(stage)
    assert (await days(stage, offering))[-1] == "2026-12-31"
    path = f"/v1/offerings/{offering['offering_id']}/schedule"
    schedule = await stage.good("GET", path, stage.operator)
    assert (schedule["slots"], schedule["slots_until"]) == (12, "2026-12-31")
    assert schedule["waits_for_year"] == 2027
    await make_coming_slots(stage.client.app)
    assert (await days(stage, offering))[-1] == "2026-12-31"


async def test_once_the_year_is_known_its_slots_follow_by_themselves(stage: Stage) -> None:
    offering = await at_christmas(stage)
    before = await stage.slots(offering, "2026-12-20", "2026-12-31")
    await stage.forget_events()
    await stage.good("PUT", "/v1/calendars/2027", stage.office, YEAR_2027)
    for _ in range(2):
        await make_coming_slots(stage.client.app)
    found = await days(stage, offering)
    assert (found[0], found[-1], len(found)) == ("2026-12-20", "2027-03-20", 91)
    assert await stage.slots(offering, "2026-12-20", "2026-12-31") == before
    told = await stage.told_types()
    assert (told.count("slot.published"), told.count("slot.withdrawn")) == (79, 0)


async def test_a_year_that_becomes_known_wakes_the_making_of_slots(stage: Stage) -> None:
    alarm = slot_alarm.new_alarm()
    wrong = {**YEAR_2027, "days": []}
    assert (await stage.call("PUT", "/v1/calendars/2027", stage.office, wrong)).status == 422
    assert not alarm.is_set()
    await stage.good("PUT", "/v1/calendars/2027", stage.office, YEAR_2027)
    assert alarm.is_set()


async def test_the_office_sees_which_years_are_missing_and_who_waits(stage: Stage) -> None:
    nobody = await stage.good("GET", "/v1/calendars", stage.office)
    assert [year["year"] for year in nobody["known"]] == [2025, 2026]
    assert {year["source"] for year in nobody["known"]} == {
        "国办发明电〔2024〕12号",
        "国办发明电〔2025〕7号",
    }
    assert nobody["missing"] == []
    await at_christmas(stage)
    listed = await stage.good("GET", "/v1/calendars", stage.office)
    assert listed["missing"] == [{"year": 2027, "waiting": 1, "offerings": 1}]
    await stage.good("PUT", "/v1/calendars/2027", stage.office, YEAR_2027)
    assert (await stage.good("GET", "/v1/calendars", stage.office))["missing"] == []


async def test_a_schedule_that_reaches_into_the_year_later_does_not_wait_yet(stage: Stage) -> None:
    _, offering = await stage.published_venue()
    await stage.schedule(offering, until="2027-03-01")
    listed = await stage.good("GET", "/v1/calendars", stage.office)
    assert listed["missing"] == [{"year": 2027, "waiting": 0, "offerings": 1}]


async def test_the_log_says_it_while_somebody_waits(stage: Stage) -> None:
    await at_christmas(stage)
    with capture_logs() as lines:
        await report_missing_years(stage.client.app)
    assert [
        (line["event"], line["year"], line["offerings"], line["log_level"]) for line in lines
    ] == [("calendar.year_missing", 2027, 1, "warning")]
    await stage.good("PUT", "/v1/calendars/2027", stage.office, YEAR_2027)
    with capture_logs() as lines:
        await report_missing_years(stage.client.app)
    assert lines == []


async def test_a_corrected_year_moves_the_slots_of_rules_that_ask_for_its_days(
    stage: Stage,
) -> None:
    _, offering = await stage.published_venue()
    await stage.schedule(
        offering,
        weekdays=[],
        rules=[{"day_types": ["holiday"]}],
        until="2026-10-31",
        accept_touched_orders=True,
    )
    october = [slot["day"] for slot in await stage.slots(offering, "2026-10-01", "2026-10-31")]
    assert october == [f"2026-10-0{day}" for day in range(1, 8)]
    calendar = await stage.good("GET", "/v1/calendar?year=2026")
    shorter = [day for day in calendar["days"] if day["day"] != "2026-10-07"]
    await stage.forget_events()
    body = {"source": "更正", "days": shorter}
    await stage.good("PUT", "/v1/calendars/2026", stage.office, body)
    await make_coming_slots(stage.client.app)
    left = [slot["day"] for slot in await stage.slots(offering, "2026-10-01", "2026-10-31")]
    assert left == october[:-1]
    told = [event for event in await stage.told() if event.topic == "venues.slot"]
    assert [event.type for event in told] == ["slot.withdrawn.v1"]
    assert_gapless(told, first=2)
    await stage.forget_events()
    await make_coming_slots(stage.client.app)
    assert await stage.told() == []


@pytest.mark.parametrize("way", ["put", "imported"])
@pytest.mark.parametrize("limit", ["MOST_SCHEDULES", "MOST_PLANNED"])
async def test_a_year_that_is_entered_for_the_first_time_never_touches_too_much(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, limit: str, way: str
) -> None:
    offering = await at_christmas(stage)
    follow = {"weekdays": EVERY_DAY, "times": [], "until": "2027-06-30"}
    await stage.schedule(offering, **follow, rules=[{"day_types": ["holiday"], "capacity": 3}])
    monkeypatch.setattr(f"services.venues.calendar_effects.{limit}", 0)
    if way == "put":
        answer = await stage.call("PUT", "/v1/calendars/2027", stage.office, YEAR_2027)
        assert answer.status == 200, answer.body
    else:
        csv = "day,day_type,name_zh,name_en\n2027-01-01,holiday,元旦,New Year's Day"
        body = {"year": 2027, "source": "-", "csv": csv}
        imported = await stage.good("POST", "/v1/calendar-imports", stage.office, body)
        path = f"/v1/calendar-imports/{imported['import_id']}/approvals"
        answer = await stage.call("POST", path, stage.office)
        assert answer.status == 201, answer.body
    assert answer.body["version"] == 1
