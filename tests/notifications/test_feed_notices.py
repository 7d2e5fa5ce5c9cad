"""Who runs a venue is told when a calendar that it follows fails, or has sold the same."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from services.notifications.jobs.send_venue_notices import send_venue_notices
from services.notifications.venue_notices import take_up
from shared.contracts.event import Event
from shared.contracts.feeds import FeedConflictFound, FeedFailing
from shared.core.clock import SHANGHAI
from shared.core.ids import new_id
from shared.core.localized import LocalizedText
from shared.db import acquire, transaction
from tests.notifications.test_licence_notices import people
from tests.notifications.world import World, text_of

NIGHT = datetime(2026, 11, 27, 15, 0, tzinfo=SHANGHAI)


def facts(organisation_id: UUID) -> dict[str, Any]:
    return {
        "feed_id": new_id(),
        "offering_id": new_id(),
        "venue_id": new_id(),
        "organisation_id": organisation_id,
        "venue_name": LocalizedText(zh="稻田营地", en="Ricefield Camp"),
        "offering_name": LocalizedText(zh="溪边营位", en="Pitch by the stream"),
        "feed_name": "携程",
    }


def failing(organisation_id: UUID, **fields: Any) -> FeedFailing:
    given = {"fault": "status_404", "failures": 3, "read_at": NIGHT - timedelta(hours=5)}
    return FeedFailing(**{**facts(organisation_id), **given, **fields})


def conflict(organisation_id: UUID) -> FeedConflictFound:
    return FeedConflictFound(**facts(organisation_id), conflicts=2, starts_at=NIGHT)


async def test_everybody_is_told_in_their_language_that_a_calendar_fails(world: World) -> None:
    await world.hear(failing(people(world, lin="zh", lee="en")))
    await send_venue_notices(world.app)
    assert sorted(world.sink.subjects()) == [
        "Ricefield Camp: the calendar “携程” can't be read",
        "稻田营地：“携程”的日历无法读取",
    ]
    english = next(one for one in world.sink.taken if "lee" in str(one["To"]))
    for form in ("plain", "html"):
        body = text_of(english, form)
        assert "It answered with status 404" in body
        assert "Fri 27 Nov, 10:00" in body
        assert "may be sold twice" in body
    assert {reason for _, reason in world.peers.reads} == {"feed_failing"}


async def test_what_was_sold_twice_is_told_with_its_time(world: World) -> None:
    await world.hear(conflict(people(world, lin="zh", lee="en")))
    await send_venue_notices(world.app)
    assert sorted(world.sink.subjects()) == [
        "Sold twice: Pitch by the stream at Ricefield Camp, Fri 27 Nov, 15:00",
        "重复售出：稻田营地“溪边营位”，11月27日 周五 15:00",
    ]
    chinese = next(one for one in world.sink.taken if "lin" in str(one["To"]))
    assert "没有取消任何预订" in text_of(chinese)
    assert "/operator/venues" in text_of(chinese)


@pytest.mark.parametrize(
    ("event", "words"),
    [
        (failing, "can't be read: something may be sold twice"),
        (conflict, "Sold twice: Pitch by the stream at Ricefield Camp"),
    ],
    ids=["failing", "conflict"],
)
async def test_a_person_without_mail_gets_a_text_message(
    world: World, event: Any, words: str
) -> None:
    organisation_id = people(world, lee="en")
    world.peers.members[str(organisation_id)][0] |= {"email": None, "phone": "+8613800138000"}
    await world.hear(event(organisation_id))
    await send_venue_notices(world.app)
    [message] = world.sink.taken
    assert words in text_of(message)


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("not_a_calendar", "What it answered is no calendar"),
        ("too_large", "It is too large to be read"),
        ("timeout", "The address can't be reached"),
    ],
)
async def test_why_it_failed_is_said_in_words(world: World, fault: str, words: str) -> None:
    await world.hear(failing(people(world, lee="en"), fault=fault, read_at=None))
    await send_venue_notices(world.app)
    body = text_of(world.sink.taken[0])
    assert words in body
    assert "Last read: never" in body


async def test_an_event_that_comes_again_is_told_once_and_the_next_trouble_is_another(
    world: World,
) -> None:
    event = failing(people(world, lee="en"))
    for version in (1, 1, 2):
        await hear(world, event, version)
        await send_venue_notices(world.app)
    assert len(world.sink.taken) == 2
    async with transaction(world.database) as conn:
        assert await take_up(conn) is None


async def hear(world: World, event: Event, version: int) -> None:
    """Let the service react to an event with this version of its feed."""
    await world.hear(event, version=version)
    async with acquire(world.database) as conn:
        assert await conn.fetchval("select count(*) from licence_notices") == version
