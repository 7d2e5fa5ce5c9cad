"""A stranger's calendar can't hang, crash or fill the service that reads it."""

import asyncio
import time
from datetime import date
from typing import Final

import pytest

from services.venues.feeds.reading import CalendarUnreadable, read_calendar

FIRST: Final = date(2026, 9, 11)
LAST: Final = date(2026, 12, 10)


def calendar(*lines: str) -> bytes:
    head = ("BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//other//EN")
    return "\r\n".join((*head, *lines, "END:VCALENDAR", "")).encode()


def event(*lines: str) -> tuple[str, ...]:
    head = ("BEGIN:VEVENT", "UID:1@other", "DTSTAMP:20260901T000000Z")
    return (*head, *lines, "END:VEVENT")


HOSTILE: Final = {
    "every_second_for_ever": calendar(
        *event("DTSTART:20200101T000000Z", "DURATION:PT1S", "RRULE:FREQ=SECONDLY")
    ),
    "every_second_of_each_minute": calendar(
        *event(
            "DTSTART:20260911T000000Z",
            "DURATION:PT1H",
            "RRULE:FREQ=MINUTELY;BYSECOND=" + ",".join(map(str, range(60))),
        )
    ),
    "a_day_that_never_comes": calendar(
        *event(
            "DTSTART:20260911T000000Z",
            "DURATION:PT1H",
            "RRULE:FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30",
        )
    ),
    "deeply_nested": b"BEGIN:VCALENDAR\r\n" * 50_000,
    "one_long_line": b"BEGIN:VCALENDAR\r\nX-A:" + b"a" * 2_000_000,
    "folded_without_end": b"BEGIN:VCALENDAR\r\nX-A:a" + b"\r\n a" * 400_000,
    "many_dates": calendar(
        *event("DTSTART:20260911T000000Z", "RDATE:" + ",".join(["20260912T000000Z"] * 90_000))
    ),
    "nothing": b"",
    "zeros": bytes(100_000),
    "no_utf8": b"BEGIN:VCALENDAR\r\nX-A:\xff\xfe\r\nEND:VCALENDAR\r\n\xff",
    "year_zero": calendar(*event("DTSTART:00000101T000000Z")),
    "a_rule_that_is_none": calendar(*event("DTSTART:20260911T000000Z", "RRULE:FREQ=NEVER")),
    "endless_length": calendar(*event("DTSTART:20260911T000000Z", "DURATION:P999999999D")),
    "entities": b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY a "aaaa">]><a>&a;</a>',
}


@pytest.mark.parametrize("what", sorted(HOSTILE))
async def test_a_hostile_file_ends_in_a_fault_or_in_few_busy_times(what: str) -> None:
    began = time.monotonic()
    try:
        found = len(await read_calendar(HOSTILE[what], FIRST, LAST, seconds=3))
    except CalendarUnreadable:
        found = 0
    assert found <= 5000
    assert time.monotonic() - began < 10


async def test_the_service_goes_on_while_a_file_is_read() -> None:
    beats = 0

    async def beat() -> None:
        nonlocal beats
        while True:
            await asyncio.sleep(0.02)
            beats += 1

    beating = asyncio.create_task(beat())
    with pytest.raises(CalendarUnreadable):
        await read_calendar(HOSTILE["every_second_for_ever"], FIRST, LAST, seconds=2)
    beating.cancel()
    # One every 20 ms in 2 s, on a machine that has other things to do as well.
    assert beats > 20


async def test_a_file_that_takes_too_long_is_left_and_its_process_ended() -> None:
    with pytest.raises(CalendarUnreadable) as unreadable:
        await read_calendar(HOSTILE["every_second_for_ever"], FIRST, LAST, seconds=0.2)
    assert unreadable.value.fault == "too_slow"
