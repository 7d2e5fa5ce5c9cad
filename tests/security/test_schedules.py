"""What a schedule or a calendar file could do to the service, and to whom it could tell what."""

import time
from typing import Final

from shared.core.ids import new_id
from tests.venues.stage import Json, Stage, schedule_body
from tests.venues.test_access import bare

EXPLODING: Final = (
    "FREQ=SECONDLY",
    "FREQ=MINUTELY;INTERVAL=1",
    "FREQ=DAILY;BYSECOND=0,1,2,3,4,5,6,7,8,9",
    "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
    "FREQ=MONTHLY;INTERVAL=12;BYMONTHDAY=31",
    "FREQ=DAILY;COUNT=999999999",
    "FREQ=DAILY;INTERVAL=99999999999999999999",
    "FREQ=WEEKLY;BYDAY=" + ",".join(["MO"] * 70),
    "FREQ=DAILY;UNTIL=99991231",
)


async def test_a_recurrence_that_explodes_keeps_the_service_busy_for_no_time(stage: Stage) -> None:
    offering = await stage.offering(await stage.venue())
    path = f"/v1/offerings/{offering['offering_id']}/schedule-previews"
    for rrule in EXPLODING:
        body = schedule_body(rules=[{"rrule": rrule}] * 20)
        begun = time.process_time()
        answer = await stage.call("POST", path, stage.operator, body)
        spent = time.process_time() - begun
        assert answer.status == 422 or rrule.endswith("UNTIL=99991231"), rrule
        assert spent < 2, rrule


async def test_everything_about_a_schedule_is_capped(stage: Stage) -> None:
    offering = await stage.offering(await stage.venue())
    path = f"/v1/offerings/{offering['offering_id']}/schedule"
    saturday: Json = {"weekdays": [6]}
    many: list[tuple[Json, str]] = [
        ({"rules": [saturday] * 21}, "/rules"),
        ({"exceptions": [{"day": "2026-09-12"}] * 101}, "/exceptions"),
        ({"blackouts": [{"from": "2026-09-12", "until": "2026-09-12"}] * 21}, "/blackouts"),
        ({"rules": [{**saturday, "times": ["09:00"] * 25}]}, "/rules/0/times"),
    ]
    for change, field in many:
        answer = await stage.call("PUT", path, stage.operator, schedule_body(**change))
        assert (answer.status, answer.fields) == (422, {field: "too_many"})
    far = await stage.call("PUT", path, stage.operator, schedule_body(until="2199-12-31"))
    assert (far.status, far.fields) == (422, {"/until": "too_late"})


async def test_a_calendar_file_is_capped_and_inert(stage: Stage) -> None:
    header = "day,day_type,name_zh,name_en\n"
    for csv, code in (
        ("x" * 70_000, "text_too_long"),
        (header + "节" * 30_000, "file_too_large"),
        (header + "2027-01-01,holiday,元旦,\u202eevil", "name_unfit"),
    ):
        body = {"year": 2027, "source": "-", "csv": csv}
        answer = await stage.call("POST", "/v1/calendar-imports", stage.office, body)
        assert (answer.status, answer.fields) == (422, {"/csv": code})


async def test_anothers_schedule_previews_as_one_that_does_not_exist(stage: Stage) -> None:
    offering = await stage.offering(await stage.venue())
    body = schedule_body()
    theirs = await stage.call(
        "POST", f"/v1/offerings/{offering['offering_id']}/schedule-previews", stage.rival, body
    )
    nobodys = await stage.call(
        "POST", f"/v1/offerings/{new_id()}/schedule-previews", stage.rival, body
    )
    assert theirs.status == 404
    assert bare(theirs) == bare(nobodys)
    assert len(str(theirs.body)) == len(str(nobodys.body))
