"""A year comes as a file: read, previewed, approved, and kept in all its versions."""

from datetime import date, datetime
from typing import Final

import asyncpg
import pytest

from services.venues.bundled_calendars import FOLDER
from services.venues.domain.calendar_file import BYTE_ORDER_MARK, Fault, read_calendar_file
from shared.core.clock import SHANGHAI
from shared.core.ids import new_id
from shared.db import transaction
from tests.venues.stage import Answer, Json, Stage, assert_gapless, price, stay_body

HEADER: Final = "day,day_type,name_zh,name_en"
NOTICE: Final = "国办发明电〔2026〕8号"


def csv_of(*rows: str) -> str:
    return "\n".join([HEADER, *rows]) + "\n"


NEW_YEAR: Final = csv_of("2027-01-01,holiday,元旦,New Year's Day")


async def bring(stage: Stage, csv: str, year: int = 2027, key: str | None = None) -> Answer:
    body = {"year": year, "source": NOTICE, "csv": csv}
    key = key or str(new_id())
    return await stage.call("POST", "/v1/calendar-imports", stage.office, body, Idempotency_Key=key)


async def approve(stage: Stage, import_id: str, key: str | None = None) -> Answer:
    path = f"/v1/calendar-imports/{import_id}/approvals"
    return await stage.call("POST", path, stage.office, Idempotency_Key=key or str(new_id()))


def test_the_six_make_up_workdays_of_2026_fall_on_these_days_of_the_week() -> None:
    text = (FOLDER / "2026.csv").read_text(encoding="utf-8")
    days, faults = read_calendar_file(text.replace("day,day_type,zh,en", HEADER), 2026)
    assert faults == []
    assert [f"{one.day:%A %-d %B}" for one in days if one.day_type == "make_up_workday"] == [
        "Sunday 4 January",
        "Saturday 14 February",
        "Saturday 28 February",
        "Saturday 9 May",
        "Sunday 20 September",
        "Saturday 10 October",
    ]


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
@pytest.mark.parametrize("begin", ["", BYTE_ORDER_MARK])
def test_a_file_may_come_from_any_program(begin: str, ending: str) -> None:
    row = '2027-01-01,holiday,"元旦, 第一天",New Year'
    days, faults = read_calendar_file(begin + ending.join([HEADER, row, "", ""]), 2027)
    assert (faults, [one.day for one in days]) == ([], [date(2027, 1, 1)])
    assert days[0].name.zh == "元旦, 第一天"


BAD_FILES: Final[list[tuple[str, list[Fault]]]] = [
    ("", [Fault(1, "", "header_missing")]),
    ("2027-01-01,holiday,元旦,New Year", [Fault(1, "", "header_missing")]),
    ("day,day_type,zh,en\n", [Fault(1, "", "header_missing")]),
    (HEADER, [Fault(1, "", "no_days")]),
    (csv_of("2027-01-01,holiday"), [Fault(2, "", "columns_wrong")]),
    (csv_of('2027-01-01,holiday,"元旦,New Year'), [Fault(2, "", "csv_broken")]),
    (
        csv_of(
            "2027-02-30,holiday,元旦,A", "2027-W01-1,holiday,元旦,A", "2027-01-01,weekend,元旦,A"
        ),
        [
            Fault(2, "day", "date"),
            Fault(3, "day", "date"),
            Fault(4, "day_type", "unknown_day_type"),
        ],
    ),
    (
        csv_of("2027-01-01,holiday,,A", f"2027-01-02,holiday,元旦,{'a' * 121}"),
        [Fault(2, "name_zh", "name_unfit"), Fault(3, "name_en", "name_unfit")],
    ),
    (
        csv_of("2026-01-01,holiday,元旦,A", "2027-01-04,make_up_workday,元旦,A"),
        [Fault(2, "day", "day_of_another_year"), Fault(3, "day_type", "workday_already")],
    ),
    (
        csv_of("2027-01-01,holiday,元旦,A", "", "2027-01-01,holiday,元旦,A"),
        [Fault(4, "day", "day_repeated")],
    ),
    (csv_of(f"2027-01-01,holiday,元旦,{'好' * 22_000}"), [Fault(1, "", "file_too_large")]),
]


@pytest.mark.parametrize(("text", "faults"), BAD_FILES, ids=range(len(BAD_FILES)))
def test_what_is_wrong_in_a_file_is_said_row_by_row(text: str, faults: list[Fault]) -> None:
    assert read_calendar_file(text, 2027)[1] == faults


async def test_a_file_with_faults_is_refused_with_its_rows(stage: Stage) -> None:
    answer = await bring(stage, csv_of("2027-01-01,holiday,元旦,A", "2027-13-01,holiday,元旦,A"))
    assert answer.status == 422
    (error,) = answer.body["errors"]
    assert (error["field"], error["code"], error["row"], error["column"]) == (
        "/csv",
        "date",
        3,
        "day",
    )


async def test_a_new_year_counts_once_it_is_approved_and_not_before(stage: Stage) -> None:
    imported = await bring(stage, NEW_YEAR)
    assert imported.status == 201
    assert (imported.body["based_on"], imported.body["approved_at"]) == (0, None)
    assert imported.body["added"] == [{"day": "2027-01-01", "before": None, "after": "holiday"}]
    assert (imported.body["slots"], imported.body["changed"], imported.body["removed"]) == (
        0,
        [],
        [],
    )
    assert (await stage.call("GET", "/v1/calendar?year=2027")).status == 404
    approved = await approve(stage, imported.body["import_id"])
    assert (approved.status, approved.body["version"], approved.body["source"]) == (201, 1, NOTICE)
    shown = await stage.good("GET", "/v1/calendar?year=2027")
    assert [one["day"] for one in shown["days"]] == ["2027-01-01"]
    told = await stage.told()
    assert [event.type for event in told] == ["calendar.published.v1"]
    again = await approve(stage, imported.body["import_id"])
    assert (again.status, again.code) == (409, "calendar_import_approved")
    path = f"/v1/calendar-imports/{imported.body['import_id']}"
    assert (await stage.good("GET", path, stage.office))["approved_at"] is not None


async def camp(stage: Stage) -> Json:
    """Nights in October, at weekends dearer."""
    prices = [price("pitch", 100), price("pitch", 200, day_type="weekend")]
    offering = await stage.offering(await stage.venue(), stay_body(prices=prices))
    body = {"weekdays": list(range(1, 8)), "times": [], "until": "2026-10-31"}
    await stage.schedule(offering, **{**body, "from": "2026-10-01"})
    return offering


async def test_a_preview_says_which_slots_become_those_of_another_kind_of_day(
    stage: Stage,
) -> None:
    await camp(stage)
    kept = [
        f"{day['day']},{day['day_type']},{day['name']['zh']},{day['name']['en']}"
        for day in (await stage.good("GET", "/v1/calendar?year=2026"))["days"]
        # Saturday 10 October is a workday by decree; here no longer.
        if day["day"] not in {"2026-10-10", "2026-10-07"}
    ]
    changed = await bring(stage, csv_of(*kept, "2026-10-08,holiday,国庆节,National Day"), 2026)
    assert changed.body["removed"] == [
        {"day": "2026-10-07", "before": "holiday", "after": None},
        {"day": "2026-10-10", "before": "make_up_workday", "after": None},
    ]
    assert changed.body["added"] == [{"day": "2026-10-08", "before": None, "after": "holiday"}]
    # The prices are those of weekends and of all days: only the Saturday gets another one.
    assert (changed.body["slots"], changed.body["repriced_slots"]) == (3, 1)
    # At eight in the evening of the tenth its night is still sold, at midnight no longer.
    path = f"/v1/calendar-imports/{changed.body['import_id']}"
    for day, hour, counted in ((10, 20, (1, 1)), (11, 0, (0, 0))):
        stage.clock.instant = datetime(2026, 10, day, hour, tzinfo=SHANGHAI)
        stage.__post_init__()
        shown = await stage.good("GET", path, stage.office)
        assert (shown["slots"], shown["repriced_slots"]) == counted


async def test_an_import_that_is_no_longer_what_was_previewed_is_refused(stage: Stage) -> None:
    first, second = await bring(stage, NEW_YEAR), await bring(stage, NEW_YEAR)
    assert (await approve(stage, first.body["import_id"])).status == 201
    late = await approve(stage, second.body["import_id"])
    assert (late.status, late.code, late.body["version"]) == (409, "calendar_changed_since", 1)
    third = await bring(stage, csv_of("2027-01-02,holiday,元旦,New Year's Day"))
    assert third.body["based_on"] == 1
    assert (await approve(stage, third.body["import_id"])).body["version"] == 2
    versions = await stage.good("GET", "/v1/calendars/2027/versions", stage.office)
    assert [(one["version"], one["source"], len(one["days"])) for one in versions["items"]] == [
        (2, NOTICE, 1),
        (1, NOTICE, 1),
    ]
    page = await stage.good("GET", "/v1/calendars/2027/versions?limit=1", stage.office)
    path = f"/v1/calendars/2027/versions?limit=1&cursor={page['next']}"
    (older,) = (await stage.good("GET", path, stage.office))["items"]
    assert (older["version"], older["days"][0]["day"]) == (1, "2027-01-01")
    assert_gapless([event for event in await stage.told() if event.topic == "venues.calendar"])


async def test_of_approvals_at_once_one_counts(stage: Stage) -> None:
    imported = await bring(stage, NEW_YEAR)
    answers = await stage.at_once(*(approve(stage, imported.body["import_id"]) for _ in range(4)))
    assert sorted(answer.status for answer in answers) == [201, 409, 409, 409]
    assert [event.version for event in await stage.told()] == [1]


async def test_the_same_request_again_imports_and_approves_once(stage: Stage) -> None:
    first, again = (
        await bring(stage, NEW_YEAR, key="once"),
        await bring(stage, NEW_YEAR, key="once"),
    )
    assert first.body == again.body
    import_id = first.body["import_id"]
    approved = [await approve(stage, import_id, key="yes") for _ in range(2)]
    assert approved[0].body == approved[1].body


async def test_only_those_who_decide_bring_years_and_read_their_history(stage: Stage) -> None:
    viewer = stage.tokens.person(roles=("office_viewer",))
    body = {"year": 2027, "source": NOTICE, "csv": NEW_YEAR}
    imported = await bring(stage, NEW_YEAR)
    import_path = f"/v1/calendar-imports/{imported.body['import_id']}"
    calls: list[tuple[str, str, object]] = [
        ("POST", "/v1/calendar-imports", body),
        ("GET", import_path, None),
        ("POST", f"{import_path}/approvals", None),
        ("GET", "/v1/calendars/2026/versions", None),
    ]
    for method, path, sent in calls:
        assert (await stage.call(method, path, None, sent)).status == 401
        for token in (stage.visitor, stage.operator, viewer):
            assert (await stage.call(method, path, token, sent)).status == 403
    missing = f"/v1/calendar-imports/{new_id()}"
    assert (await stage.call("GET", missing, stage.office)).status == 404
    assert (await stage.call("POST", f"{missing}/approvals", stage.office)).status == 404
    assert (await stage.call("GET", "/v1/calendars/2030/versions", stage.office)).status == 404


async def test_history_can_not_be_rewritten(stage: Stage) -> None:
    for statement in ("delete from calendar_versions", "update calendar_versions set source = 'x'"):
        with pytest.raises(asyncpg.CheckViolationError) as refused:
            async with transaction(stage.database) as conn:
                await conn.execute(statement)
        assert refused.value.constraint_name == "calendar_versions_stay"
