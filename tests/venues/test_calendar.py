"""The calendar of day types: what comes with the service, and what the office enters."""

import asyncio
from datetime import date, timedelta
from typing import Final

import asyncpg
import pytest

from services.venues.bundled_calendars import read_bundled_years
from services.venues.jobs.import_bundled_calendars import import_bundled_calendars
from shared.core.ids import new_id
from shared.db import transaction
from tests.venues.stage import Json, Stage, assert_gapless, both

MAKE_UP_WORKDAYS: Final = {
    "2026-01-04",
    "2026-02-14",
    "2026-02-28",
    "2026-05-09",
    "2026-09-20",
    "2026-10-10",
}
DAYS_OFF: Final = [
    ("2026-01-01", "2026-01-03", "元旦"),
    ("2026-02-15", "2026-02-23", "春节"),
    ("2026-04-04", "2026-04-06", "清明节"),
    ("2026-05-01", "2026-05-05", "劳动节"),
    ("2026-06-19", "2026-06-21", "端午节"),
    ("2026-09-25", "2026-09-27", "中秋节"),
    ("2026-10-01", "2026-10-07", "国庆节"),
]


@pytest.fixture
async def stage(stage_without_years: Stage) -> Stage:
    """No year is known: each test enters its own."""
    return stage_without_years


def days_off() -> dict[str, str]:
    """The notice's days off one by one, with their names."""
    found = {}
    for first, last, name in DAYS_OFF:
        day = date.fromisoformat(first)
        while day <= date.fromisoformat(last):
            found[day.isoformat()] = name
            day += timedelta(days=1)
    return found


def calendar_body(*days: Json, source: str = "国办发明电〔2026〕8号") -> Json:
    return {"source": source, "days": list(days) or [holiday("2027-01-01")]}


def holiday(day: str, **other: object) -> Json:
    return {"day": day, "day_type": "holiday", "name": both("元旦", "New Year's Day"), **other}


def workday(day: str) -> Json:
    return holiday(day, day_type="make_up_workday")


async def test_2026_is_as_the_state_council_decreed_it(stage: Stage) -> None:
    await import_bundled_calendars(stage.client.app)
    year = await stage.good("GET", "/v1/calendar?year=2026")
    assert (year["source"], year["version"]) == ("国办发明电〔2025〕7号", 1)
    types = {one["day"]: one["day_type"] for one in year["days"]}
    assert list(types) == sorted(types)
    assert {day for day, kind in types.items() if kind == "make_up_workday"} == MAKE_UP_WORKDAYS
    names = {
        one["day"]: one["name"]["zh"] for one in year["days"] if types[one["day"]] == "holiday"
    }
    assert names == days_off()
    assert len(names) == 33


async def test_each_bundled_year_is_told_once_however_often_it_is_imported(stage: Stage) -> None:
    for _ in range(2):
        await import_bundled_calendars(stage.client.app)
    told = await stage.told()
    assert [(event.type, event.topic) for event in told] == [
        ("calendar.published.v1", "venues.calendar")
    ] * 2
    assert [event.data["year"] for event in told] == [2025, 2026]
    year = await stage.good("GET", "/v1/calendar?year=2026")
    assert told[1].data == {name: value for name, value in year.items() if name != "version"}
    assert str(told[1].subject) == year["calendar_id"]


async def test_two_that_start_at_once_import_once(stage: Stage) -> None:
    begin = "insert into calendars (calendar_id, year, source) values ($1, 2025, 'another starter')"
    async with transaction(stage.database) as conn:
        await conn.execute(begin, new_id())
        # It waits for the year that the other one is about to enter.
        late = asyncio.create_task(import_bundled_calendars(stage.client.app))
        await asyncio.sleep(0.2)
        assert not late.done()
    await late
    assert [event.data["year"] for event in await stage.told()] == [2026]
    await asyncio.gather(*(import_bundled_calendars(stage.client.app) for _ in range(3)))
    assert len(await stage.told()) == 1


async def test_what_the_office_corrected_stays_when_the_service_starts_again(
    stage: Stage,
) -> None:
    body = calendar_body(holiday("2026-01-01"), source="更正")
    await stage.good("PUT", "/v1/calendars/2026", stage.office, body)
    await import_bundled_calendars(stage.client.app)
    year = await stage.good("GET", "/v1/calendar?year=2026")
    assert (year["source"], len(year["days"])) == ("更正", 1)


async def test_a_year_that_nobody_entered_is_unknown(stage: Stage) -> None:
    answer = await stage.call("GET", "/v1/calendar?year=2027")
    assert (answer.status, answer.code, answer.body["year"]) == (404, "calendar_year_unknown", 2027)
    for query in ("", "?year=1999", "?year=2101", "?year=next", "?year=2026&year=2027"):
        assert (await stage.call("GET", f"/v1/calendar{query}")).status == 422


async def test_the_office_enters_a_year_and_corrects_it(stage: Stage) -> None:
    days = [holiday("2027-01-01"), workday("2027-01-03")]
    entered = await stage.call("PUT", "/v1/calendars/2027", stage.office, calendar_body(*days))
    assert (entered.status, entered.headers["ETag"]) == (200, '"1"')
    assert entered.body["days"] == days
    corrected = await stage.good(
        "PUT", "/v1/calendars/2027", stage.office, calendar_body(days[0], source="更正")
    )
    assert (corrected["source"], corrected["days"], corrected["version"]) == ("更正", days[:1], 2)
    assert await stage.good("GET", "/v1/calendar?year=2027") == corrected
    told = await stage.told()
    assert [event.data["days"] for event in told] == [days, days[:1]]
    assert {str(event.subject) for event in told} == {entered.body["calendar_id"]}
    assert_gapless(told)


async def test_readers_ask_again_by_tag_and_editors_name_it(stage: Stage) -> None:
    path = "/v1/calendars/2027"
    absent = await stage.call("PUT", path, stage.office, calendar_body(), If_Match="*")
    assert (absent.status, absent.code) == (412, "precondition_failed")
    assert (await stage.call("GET", "/v1/calendar?year=2027")).status == 404
    await stage.good("PUT", path, stage.office, calendar_body())
    shown = await stage.call("GET", "/v1/calendar?year=2027")
    assert shown.headers["Cache-Control"] == "public, max-age=15"
    tag = shown.headers["ETag"]
    again = await stage.call("GET", "/v1/calendar?year=2027", If_None_Match=tag)
    assert again.status == 304
    answers = await stage.at_once(
        *(
            stage.call("PUT", path, stage.office, calendar_body(source=source), If_Match=tag)
            for source in ("一", "二")
        )
    )
    assert sorted(answer.status for answer in answers) == [200, 412]
    assert_gapless(await stage.told())


async def test_a_year_that_two_enter_at_once_is_there_once(stage: Stage) -> None:
    answers = await stage.at_once(
        *(stage.call("PUT", "/v1/calendars/2027", stage.office, calendar_body()) for _ in range(3))
    )
    # Who comes second would replace what they have not read.
    assert sorted(answer.status for answer in answers) == [200, 428, 428]
    assert_gapless(await stage.told())


WRONG_DAYS: Final[list[tuple[Json, dict[str, str]]]] = [
    (calendar_body(holiday("2026-12-31")), {"/days/0/day": "day_of_another_year"}),
    (
        calendar_body(holiday("2027-01-02"), workday("2027-01-02")),
        {"/days/1/day": "day_repeated"},
    ),
    (calendar_body(workday("2027-01-04")), {"/days/0/day_type": "workday_already"}),
    (
        calendar_body(holiday("2027-01-01", day_type="weekend")),
        {"/days/0/day_type": "not_one_of"},
    ),
    (calendar_body(holiday("2027-02-30")), {"/days/0/day": "date"}),
    (calendar_body(holiday("2027-01-01", name="元旦")), {"/days/0/name": "object"}),
    ({"source": "-", "days": []}, {"/days": "too_few"}),
    (calendar_body(*[holiday("2027-01-01")] * 367), {"/days": "too_many"}),
    (calendar_body(source=""), {"/source": "blank"}),
    (calendar_body(source="字" * 301), {"/source": "text_too_long"}),
]


async def test_days_that_make_no_sense_are_refused_by_field(stage: Stage) -> None:
    for body, fields in WRONG_DAYS:
        answer = await stage.call("PUT", "/v1/calendars/2027", stage.office, body)
        assert (answer.status, answer.fields) == (422, fields)
        assert answer.body["errors"][0]["message"] != "内容不正确。"
    for year in ("2019", "2101", "27", "x"):
        answer = await stage.call("PUT", f"/v1/calendars/{year}", stage.office, calendar_body())
        assert answer.status == 422
    assert await stage.told() == []


async def test_only_the_office_says_what_is_a_holiday(stage: Stage) -> None:
    for token, status in ((None, 401), (stage.visitor, 403), (stage.operator, 403)):
        answer = await stage.call("PUT", "/v1/calendars/2027", token, calendar_body())
        assert answer.status == status
    assert (await stage.call("GET", "/v1/calendar?year=2027")).status == 404


def test_every_bundled_year_makes_up_for_weekdays_only_with_weekends() -> None:
    for bundled in read_bundled_years():
        assert {one.day.year for one in bundled.days} == {bundled.year}
        assert len({one.day for one in bundled.days}) == len(bundled.days)
        for one in bundled.days:
            assert one.day_type == "holiday" or one.day.isoweekday() in {6, 7}


REFUSED_BY_DATABASE: Final[list[tuple[str, str]]] = [
    ("update calendar_days set day_type = 'weekend'", "calendar_days_type_is_known"),
    ("update calendar_days set day_type = 'make_up_workday'", "calendar_days_make_up_on_weekends"),
    ("update calendar_days set day = '2026-01-01'", "calendar_days_are_of_their_year"),
    ("update calendar_days set name = '{}'", "calendar_days_name_is_localized"),
    ("update calendars set year = 2019", "calendars_year_in_range"),
    ("update calendars set year = 2028", "calendar_days_year_is_decreed"),
]


async def test_the_database_itself_refuses_days_that_make_no_sense(stage: Stage) -> None:
    await stage.good("PUT", "/v1/calendars/2027", stage.office, calendar_body())
    for statement, constraint in REFUSED_BY_DATABASE:
        with pytest.raises(asyncpg.IntegrityConstraintViolationError) as refused:
            async with transaction(stage.database) as conn:
                await conn.execute(statement)
        assert refused.value.constraint_name == constraint
