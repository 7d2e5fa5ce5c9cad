"""What is on, as files that calendars of people and of other channels follow."""

from collections import Counter
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final

import icalendar
import pytest

from services.venues.calendar_files import last_whole_day
from services.venues.jobs.read_feeds import read_feeds
from shared.core.ids import new_id
from shared.db import transaction
from tests.venues.feeds.channel import Channel, calendar, capacities, days, follow, read
from tests.venues.stage import Json, Stage, both, session_body, stay_body, table_body

NIGHTS: Final[Json] = {
    "weekdays": [1, 2, 3, 4, 5, 6, 7],
    "times": [],
    "until": "2026-09-13",
    "capacity": 2,
}


async def opened(stage: Stage, body: Json, **schedule: object) -> tuple[Json, Json]:
    """Return a published venue with this offering."""
    venue = await stage.venue()
    offering = await stage.offering(venue, body)
    await stage.schedule(offering, **schedule)
    await stage.move(venue, "submissions")
    return await stage.move(venue, "approvals", stage.office), offering


async def fetch(stage: Stage, path: str, **headers: str) -> tuple[int, str, Mapping[str, str]]:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    async with stage.client.get(path, headers=sent) as response:
        return response.status, await response.text(), response.headers


async def events(stage: Stage, path: str) -> list[Any]:
    status, text, _ = await fetch(stage, path)
    assert status == 200, text
    found: list[Any] = icalendar.Calendar.from_ical(text).walk("VEVENT")
    return found


def of_offering(offering: Json) -> str:
    return f"/v1/offerings/{offering['offering_id']}/calendar.ics"


async def sell_out(stage: Stage, slot: Json, option: str = "") -> None:
    """Have search know that nothing is left of a slot."""
    async with transaction(stage.database) as conn:
        await conn.execute(
            "insert into place_projections"
            " (subject_id, day, option, scope, capacity, places_left, version)"
            " values ($1, $2, $3, 'slot', 12, 0, 1)",
            slot["slot_id"],
            date.fromisoformat(slot["day"]),
            option,
        )


async def test_a_session_has_its_hours_and_a_name_that_stays(stage: Stage) -> None:
    venue, offering = await opened(stage, session_body(), until="2026-09-13")
    for path in (f"/v1/venues/{venue['venue_id']}/calendar.ics", of_offering(offering)):
        first, second = await events(stage, path)
        slots = await stage.slots(offering, "2026-09-12", "2026-09-13")
        assert str(first["UID"]) == f"{slots[0]['slot_id']}@xiangyou"
        assert first.decoded("DTSTART") == datetime.fromisoformat("2026-09-12T14:00:00+08:00")
        assert first["DTSTART"].params["TZID"] == "Asia/Shanghai"
        assert str(first["TRANSP"]) == "TRANSPARENT"
        assert str(second["SUMMARY"]) == "拉坯体验"
        _, text, headers = await fetch(stage, path)
        assert "BEGIN:VTIMEZONE" in text
        assert headers["Content-Type"] == "text/calendar; charset=utf-8"
    english = await events(stage, of_offering(offering) + "?language=en")
    assert str(english[0]["SUMMARY"]) == "Pottery class"


async def test_a_night_is_a_date(stage: Stage) -> None:
    _, offering = await opened(stage, stay_body(), **NIGHTS)
    found = await events(stage, of_offering(offering))
    assert [(one.decoded("DTSTART"), one.decoded("DTEND")) for one in found] == [
        (date(2026, 9, 11), date(2026, 9, 12)),
        (date(2026, 9, 12), date(2026, 9, 13)),
        (date(2026, 9, 13), date(2026, 9, 14)),
    ]


async def test_what_is_full_is_busy(stage: Stage) -> None:
    _, offering = await opened(stage, session_body(), until="2026-09-13")
    slots = await stage.slots(offering, "2026-09-12", "2026-09-13")
    await sell_out(stage, slots[0])
    first, second = await events(stage, of_offering(offering))
    assert (str(first["TRANSP"]), str(first["SUMMARY"])) == ("OPAQUE", "拉坯体验 · 已订满")
    assert str(second["TRANSP"]) == "TRANSPARENT"


async def test_a_tables_quarters_are_put_together_unless_they_are_full(stage: Stage) -> None:
    _, offering = await opened(
        stage,
        table_body(),
        times=[],
        opens_at="10:00",
        closes_at="12:00",
        capacity=None,
        until="2026-09-12",
    )
    slots = await stage.slots(offering, "2026-09-12", "2026-09-12")
    for option in ("two", "four"):
        await sell_out(stage, slots[2], option)
    await sell_out(stage, slots[5], "two")
    found = await events(stage, of_offering(offering))
    assert [(one.decoded("DTSTART").strftime("%H:%M"), str(one["TRANSP"])) for one in found] == [
        ("10:00", "TRANSPARENT"),
        ("10:30", "OPAQUE"),
        ("10:45", "TRANSPARENT"),
    ]


async def test_a_reader_who_has_the_file_gets_no_second_copy(stage: Stage) -> None:
    _, offering = await opened(stage, session_body())
    _, text, headers = await fetch(stage, of_offering(offering))
    assert headers["Cache-Control"] == "public, max-age=300"
    status, nothing, _ = await fetch(stage, of_offering(offering), If_None_Match=headers["ETag"])
    assert (status, nothing) == (304, "")
    assert (await fetch(stage, of_offering(offering)))[1] == text
    await sell_out(stage, (await stage.slots(offering, "2026-09-12", "2026-09-12"))[0])
    assert (await fetch(stage, of_offering(offering), If_None_Match=headers["ETag"]))[0] == 200


async def test_only_what_is_published_is_given_to_everybody(stage: Stage) -> None:
    venue, offering = await opened(stage, session_body())
    await stage.move(venue, "pauses")
    paths = [f"/v1/venues/{venue['venue_id']}/calendar.ics", of_offering(offering)]
    missing = [f"/v1/{what}/{new_id()}/calendar.ics" for what in ("venues", "offerings")]
    for path in (*paths, *missing):
        assert (await fetch(stage, path))[0] == 404
    for path in paths:
        status, text, headers = await fetch(stage, path, Authorization=f"Bearer {stage.operator}")
        assert status == 200
        assert "BEGIN:VEVENT" not in text
        assert headers["Cache-Control"] == "private, no-cache"


@pytest.mark.parametrize(
    "name",
    ["a;b,c\\d", "END:VEVENT", "陶" * 119, 'x" ; ATTACH="y'],
    ids=["signs", "words", "long", "quotes"],
)
async def test_what_people_wrote_breaks_no_line_of_a_file(stage: Stage, name: str) -> None:
    _, offering = await opened(stage, session_body(name=both(name, name)), until="2026-09-12")
    _, text, _ = await fetch(stage, of_offering(offering))
    assert text.count("BEGIN:VEVENT\r\n") == 1
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))
    [event] = await events(stage, of_offering(offering))
    assert str(event["SUMMARY"]) == name


async def test_our_own_events_that_come_back_keep_nothing_shut(
    stage: Stage, channel: Channel
) -> None:
    _, offering = await opened(stage, stay_body(), **{**NIGHTS, "capacity": 1})
    channel.text = calendar(days("20260912", "20260913"))
    await follow(stage, offering, channel)
    await read(stage)
    assert list((await capacities(stage, offering)).values()) == [1, 0, 1]
    # The channel has read our file, and gives back what was busy there; its own guest cancelled.
    _, channel.text, _ = await fetch(stage, of_offering(offering))
    assert "OPAQUE" in channel.text
    await read(stage)
    assert list((await capacities(stage, offering)).values()) == [1, 1, 1]


async def test_what_another_channel_sold_is_busy_in_our_file_too(
    stage: Stage, channel: Channel
) -> None:
    _, offering = await opened(stage, stay_body(), **NIGHTS)
    channel.text = calendar(days("20260912", "20260913"))
    await follow(stage, offering, channel, blocks="all")
    app: Any = stage.client.app
    await read_feeds(app)
    found = await events(stage, of_offering(offering))
    assert [str(one["TRANSP"]) for one in found] == ["TRANSPARENT", "OPAQUE", "TRANSPARENT"]


async def test_a_file_says_until_when_it_reaches(stage: Stage) -> None:
    _, offering = await opened(stage, session_body())
    for language, said in (("zh", "2026-12-10"), ("en", "2026-12-10")):
        path = f"{of_offering(offering)}?language={language}"
        _, text, _ = await fetch(stage, path)
        assert said in str(icalendar.Calendar.from_ical(text)["X-WR-CALDESC"])


async def test_a_file_that_gets_too_long_ends_with_a_day_that_is_whole(stage: Stage) -> None:
    venue = await stage.venue()
    for number in range(3):
        offering = await stage.offering(venue, session_body(slug=f"pottery-{number}"))
        await stage.schedule(
            offering,
            weekdays=[1, 2, 3, 4, 5, 6, 7],
            times=[f"{hour:02}:00" for hour in range(24)],
            until="2027-03-01",
            **{"from": "2026-09-12"},
        )
    await stage.move(venue, "submissions")
    await stage.move(venue, "approvals", stage.office)
    _, text, _ = await fetch(stage, f"/v1/venues/{venue['venue_id']}/calendar.ics")
    file = icalendar.Calendar.from_ical(text)
    found = Counter(one.decoded("DTSTART").date() for one in file.walk("VEVENT"))
    # 5,000 events are 69 days of three workshops with 24 sessions each.
    assert list(found.values()) == [72] * 69
    assert max(found).isoformat() in str(file["X-WR-CALDESC"])
    assert max(found) == date(2026, 11, 19)


def test_of_too_many_rows_only_whole_days_are_kept() -> None:
    days_of = [date(2026, 9, day) for day in (11, 11, 12, 13, 13)]
    last = date(2026, 12, 10)
    assert last_whole_day(days_of, 5, last) == last
    assert last_whole_day(days_of, 4, last) == date(2026, 9, 12)
    assert last_whole_day(days_of, 3, last) == date(2026, 9, 12)
    assert last_whole_day(days_of, 2, last) == date(2026, 9, 11)
    assert last_whole_day(days_of, 1, last) == date(2026, 9, 10)
    assert last_whole_day([], 0, last) == last
