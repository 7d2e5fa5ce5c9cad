"""Who runs an organisation is told about its licences: everybody once, in their language."""

import asyncio
from datetime import date
from typing import Any
from uuid import UUID

import pytest

from services.notifications.domain.pauses import MOST_ATTEMPTS
from services.notifications.jobs.send_venue_notices import send_venue_notices
from shared.contracts.event import Event
from shared.contracts.venues import LicenceExpired, LicenceExpiring, LicenceRenewed
from shared.core.ids import new_id
from shared.core.localized import LocalizedText
from shared.db import acquire, transaction
from tests.notifications.world import World, text_of


def facts(organisation_id: UUID, licence_id: UUID | None = None) -> dict[str, Any]:
    return {
        "licence_id": licence_id or new_id(),
        "kind": "fire",
        "venue_id": new_id(),
        "organisation_id": organisation_id,
        "venue_name": LocalizedText(zh="稻田营地", en="Ricefield Camp"),
        "valid_until": date(2026, 12, 3),
    }


def people(world: World, **languages: str) -> UUID:
    """Have accounts know an organisation whose people have these names and languages."""
    organisation_id = new_id()
    world.peers.members[str(organisation_id)] = [
        somebody(name, language) for name, language in languages.items()
    ]
    return organisation_id


def somebody(name: str, language: str) -> dict[str, Any]:
    return {
        "account_id": str(new_id()),
        "email": f"{name}@example.com",
        "phone": None,
        "language": language,
    }


async def states(world: World) -> list[tuple[str, str]]:
    async with acquire(world.database) as conn:
        rows = await conn.fetch(
            "select n.state, l.state as letter from licence_notices n"
            " left join licence_letters l using (notice_id) order by letter_id"
        )
    return [(row["state"], row["letter"]) for row in rows]


async def standing(world: World) -> tuple[str, str | None]:
    """Return the state of the only notice, and its reason."""
    async with acquire(world.database) as conn:
        [row] = await conn.fetch("select state, reason from licence_notices")
    return row["state"], row["reason"]


async def time_passes(world: World) -> None:
    async with transaction(world.database) as conn:
        await conn.execute("update licence_notices set due_at = now() - interval '1 second'")


async def test_everybody_is_written_to_in_their_language(world: World) -> None:
    organisation_id = people(world, lin="zh", lee="en")
    await world.hear(LicenceExpiring(**facts(organisation_id), days=10))
    await send_venue_notices(world.app)

    assert sorted(world.sink.subjects()) == [
        "Fire safety inspection of Ricefield Camp ends on Thu 3 Dec 2026",
        "稻田营地的消防安全检查将于2026年12月3日 周四到期",
    ]
    assert await states(world) == [("sent", "sent")] * 2
    english = next(one for one in world.sink.taken if "lee" in str(one["To"]))
    assert "holds until Thu 3 Dec 2026, that day included" in text_of(english)
    assert "/operator/venues" in text_of(english)
    assert "Ricefield Camp" in text_of(english, "html")
    assert {reason for _, reason in world.peers.reads} == {"licence_expiring"}


@pytest.mark.parametrize(
    ("event", "subject"),
    [
        (LicenceExpired, "Fire safety inspection of Ricefield Camp is over"),
        (LicenceRenewed, "Fire safety inspection of Ricefield Camp is renewed"),
    ],
    ids=["expired", "renewed"],
)
async def test_an_end_and_a_renewal_are_told(world: World, event: type[Any], subject: str) -> None:
    await world.hear(event(**facts(people(world, lee="en"))))
    await send_venue_notices(world.app)
    assert world.sink.subjects() == [subject]


async def test_a_person_without_mail_gets_a_text_message(world: World) -> None:
    organisation_id = people(world, lee="en")
    world.peers.members[str(organisation_id)][0] |= {"email": None, "phone": "+8613800138000"}
    await world.hear(LicenceExpired(**facts(organisation_id)))
    await send_venue_notices(world.app)
    [message] = world.sink.taken
    assert text_of(message).startswith("[Xiangyou] Fire safety inspection of Ricefield Camp ended")


async def test_an_event_that_comes_again_is_told_once_and_each_warning_is_another(
    world: World,
) -> None:
    organisation_id, licence_id = people(world, lee="en"), new_id()
    events: list[Event] = [
        LicenceExpiring(**facts(organisation_id, licence_id), days=days) for days in (30, 30, 10)
    ]
    for event in events:
        await world.hear(event)
        await send_venue_notices(world.app)
    assert len(world.sink.taken) == 2


async def test_who_has_a_letter_gets_no_second_one_when_another_failed(world: World) -> None:
    organisation_id = people(world, lin="zh", lee="en")
    world.sink.rcpt_replies["lee@example.com"] = "451 Later"
    await world.hear(LicenceExpired(**facts(organisation_id)))
    await send_venue_notices(world.app)
    assert [state for state, _ in await states(world)] == ["pending"] * 2

    world.sink.rcpt_replies.clear()
    await time_passes(world)
    await send_venue_notices(world.app)
    assert sorted(str(message["To"]) for message in world.sink.taken) == [
        "lee@example.com",
        "lin@example.com",
    ]
    assert await states(world) == [("sent", "sent")] * 2


async def test_a_refused_mailbox_does_not_keep_the_others_from_theirs(world: World) -> None:
    organisation_id = people(world, lin="zh", lee="en")
    world.sink.rcpt_replies["lin@example.com"] = "550 No such mailbox"
    await world.hear(LicenceExpired(**facts(organisation_id)))
    await send_venue_notices(world.app)
    assert sorted(await states(world)) == [("sent", "failed"), ("sent", "sent")]


async def test_while_accounts_is_away_the_notice_waits(world: World) -> None:
    organisation_id = people(world, lee="en")
    world.peers.away = True
    await world.hear(LicenceExpired(**facts(organisation_id)))
    await send_venue_notices(world.app)
    assert world.sink.taken == []
    world.peers.away = False
    await time_passes(world)
    await send_venue_notices(world.app)
    assert len(world.sink.taken) == 1


async def test_while_nobody_runs_the_organisation_the_notice_waits(world: World) -> None:
    organisation_id = people(world)
    await world.hear(LicenceExpired(**facts(organisation_id)))
    await send_venue_notices(world.app)
    assert await standing(world) == ("pending", "nobody")

    world.peers.members |= {str(organisation_id): [somebody("lee", "en")]}
    await time_passes(world)
    await send_venue_notices(world.app)
    assert [str(message["To"]) for message in world.sink.taken] == ["lee@example.com"]
    assert await standing(world) == ("sent", None)


async def test_a_notice_that_nobody_was_ever_there_for_has_failed(world: World) -> None:
    await world.hear(LicenceExpired(**facts(people(world))))
    async with transaction(world.database) as conn:
        await conn.execute("update licence_notices set attempts = $1", MOST_ATTEMPTS - 1)
    await send_venue_notices(world.app)
    assert world.sink.taken == []
    assert await standing(world) == ("failed", "nobody")


async def test_several_processes_write_each_letter_once(world: World) -> None:
    organisation_id = people(world, lin="zh", lee="en")
    for _ in range(3):
        await world.hear(LicenceExpired(**facts(organisation_id)))
    await asyncio.gather(*(send_venue_notices(world.app) for _ in range(4)))
    assert len(world.sink.taken) == 6
