"""Licences: entered, confirmed or refused, and needed for publishing."""

from typing import Final

import asyncpg
import pytest

from shared.core.ids import new_id
from shared.db import transaction
from tests.venues.licences.papers import (
    HOURS,
    TODAY,
    approve,
    confirm,
    confirmed,
    days_pass,
    enter,
    licence_body,
    licensed_until,
    listed,
    refuse,
    scan,
    unlicensed,
)
from tests.venues.stage import (
    Json,
    Stage,
    entry_body,
    session_body,
    stay_body,
    table_body,
)


async def test_a_licence_is_entered_waits_and_is_confirmed(stage: Stage) -> None:
    venue = await unlicensed(stage)
    entered = await enter(stage, venue, number=" A  12 ")
    assert entered["state"] == "waiting"
    assert entered["number"] == "A 12"
    assert entered["days_left"] == 111
    assert entered["version"] == 1
    assert (await listed(stage, venue))["missing"] == ["business"]

    decision = f"/v1/licences/{entered['licence_id']}/confirmations"
    unseen = await stage.call("POST", decision, stage.office)
    assert (unseen.status, unseen.code) == (409, "licence_without_document")
    assert (await confirm(stage, entered))["state"] == "confirmed"

    found = await listed(stage, venue, stage.office)
    assert [one["state"] for one in found["items"]] == ["confirmed"]
    assert found["missing"] == []
    assert found["suspended_at"] is None
    assert (await approve(stage, venue)).status == 200


LAZY: Final[Json] = {"times": []}


@pytest.mark.parametrize(
    ("body", "schedule", "kinds"),
    [
        (session_body(), {}, []),
        (entry_body(), HOURS, []),
        (stay_body(), LAZY, ["camping_filing", "fire"]),
        (table_body(), {**HOURS, "capacity": None}, ["food"]),
        (entry_body(expected_visitors=1000), HOURS, ["event_permit"]),
        (entry_body(expected_visitors=999), HOURS, []),
    ],
    ids=["session", "entry", "stay", "table", "large_entry", "smaller_entry"],
)
async def test_publishing_needs_the_licences_for_what_is_offered(
    stage: Stage, body: Json, schedule: Json, kinds: list[str]
) -> None:
    venue = await unlicensed(stage, (body, schedule))
    answer = await approve(stage, venue)
    assert (answer.status, answer.code) == (409, "licence_missing")
    assert answer.body["kinds"] == sorted(["business", *kinds])
    assert (await listed(stage, venue))["missing"] == sorted(["business", *kinds])
    assert await stage.told_types() == ["village.published"]

    await confirmed(stage, venue)
    for kind in set(kinds) - {"event_permit"}:
        await confirmed(stage, venue, kind)
    if "event_permit" in kinds:
        offering = venue["offerings"][0]["offering_id"]
        path = f"/v1/venues/{venue['venue_id']}/offerings/{offering}"
        await stage.good("PATCH", path, stage.operator, {"event_permit_number": "E-7"})
        await confirmed(stage, venue, "event_permit", number="E-8")
        assert (await approve(stage, venue)).body["kinds"] == ["event_permit"]
        # It has to hold on the event's days, not today.
        await confirmed(stage, venue, "event_permit", number="E-7", valid_from="2026-09-20")
    assert (await approve(stage, venue)).status == 200


@pytest.mark.parametrize(
    "other",
    [
        {"valid_from": "2026-09-12"},
        {"valid_from": "2026-01-01", "valid_until": "2026-09-11"},
    ],
    ids=["begins_tomorrow", "ends_today"],
)
async def test_a_licence_counts_from_its_first_day_to_its_last(stage: Stage, other: Json) -> None:
    venue = await unlicensed(stage)
    await confirmed(stage, venue, **other)
    begins_later = other["valid_from"] > TODAY.isoformat()
    assert (await approve(stage, venue)).status == (409 if begins_later else 200)


async def test_a_paused_venue_resumes_only_with_its_licences(stage: Stage) -> None:
    venue, _ = await licensed_until(stage, TODAY)
    await stage.move(venue, "pauses")
    days_pass(stage, 1)
    path = f"/v1/venues/{venue['venue_id']}/resumptions"
    answer = await stage.call("POST", path, stage.operator)
    assert (answer.status, answer.code) == (409, "licence_missing")
    await confirmed(stage, venue, number="next")
    assert (await stage.call("POST", path, stage.operator)).status == 200


async def test_two_decisions_at_once_take_effect_once(stage: Stage) -> None:
    venue = await unlicensed(stage)
    licence = await scan(stage, await enter(stage, venue))
    path = f"/v1/licences/{licence['licence_id']}/confirmations"
    answers = await stage.at_once(*(stage.call("POST", path, stage.office) for _ in range(4)))
    assert sorted(answer.status for answer in answers) == [200, 409, 409, 409]
    late = await stage.call("POST", path, stage.office)
    assert (late.code, late.body["state"]) == ("licence_state_conflict", "confirmed")


async def test_the_office_decides_about_what_it_has_read(stage: Stage) -> None:
    venue = await unlicensed(stage)
    licence = await enter(stage, venue)
    path = f"/v1/licences/{licence['licence_id']}"
    answer = await stage.call("POST", f"{path}/confirmations", stage.office, If_Match='"9"')
    assert answer.status == 412
    answer = await stage.call("POST", f"{path}/refusals", stage.office, {"reason": " "})
    assert answer.status == 422
    for step in ("confirmations", "refusals"):
        body = {"reason": "x"} if step == "refusals" else None
        missing = f"/v1/licences/{new_id()}/{step}"
        assert (await stage.call("POST", missing, stage.office, body)).status == 404


async def test_what_can_not_be_a_licence_is_refused(stage: Stage) -> None:
    venue = await stage.venue()
    path = f"/v1/venues/{venue['venue_id']}/licences"
    for other, field, code in (
        ({"valid_until": "2025-12-31"}, "", "ends_before_start"),
        ({"valid_from": "2026-01-01", "valid_until": "2026-09-10"}, "/valid_until", "over_already"),
        ({"kind": "banana"}, "/kind", "not_one_of"),
        ({"number": "x" * 61}, "/number", "text_too_long"),
        ({"number": ""}, "/number", "blank"),
        ({"state": "confirmed"}, "/state", "unknown"),
    ):
        answer = await stage.call("POST", path, stage.operator, licence_body(**other))
        assert (answer.status, answer.fields) == (422, {field: code})


async def test_a_document_that_was_exchanged_meanwhile_is_not_confirmed(stage: Stage) -> None:
    licence = await scan(stage, await enter(stage, await unlicensed(stage)))
    path = f"/v1/licences/{licence['licence_id']}/confirmations"
    await scan(stage, licence)
    for read, status in ((None, 428), (f'"{licence["version"]}"', 412)):
        assert (await stage.call("POST", path, stage.office, If_Match=read)).status == status


async def test_the_same_licence_is_entered_once(stage: Stage) -> None:
    venue = await unlicensed(stage)
    path = f"/v1/venues/{venue['venue_id']}/licences"
    calls = [stage.call("POST", path, stage.operator, licence_body()) for _ in range(3)]
    answers = await stage.at_once(*calls)
    assert sorted(answer.status for answer in answers) == [201, 409, 409]
    assert {answer.code for answer in answers if answer.status == 409} == {"licence_known"}
    key = str(new_id())
    again = [
        await stage.call(
            "POST", path, stage.operator, licence_body(number="2"), Idempotency_Key=key
        )
        for _ in range(2)
    ]
    assert again[0].body == again[1].body


async def test_a_venue_has_a_limited_number_of_licences(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.venues.features.enter_licence.MOST_LICENCES", 1)
    venue = await unlicensed(stage)
    await enter(stage, venue)
    path = f"/v1/venues/{venue['venue_id']}/licences"
    answer = await stage.call("POST", path, stage.operator, licence_body("food"))
    assert (answer.status, answer.code) == (409, "too_many_licences")


async def test_the_office_finds_what_waits_and_what_ends_soon(stage: Stage) -> None:
    venue = await unlicensed(stage)
    waiting = await enter(stage, venue, "food")
    soon = await confirmed(stage, venue, valid_until="2026-09-21")
    later = await confirmed(stage, venue, number="later")

    async def found(query: str, token: str | None = None) -> list[str]:
        answer = await stage.good("GET", f"/v1/licences{query}", token or stage.office)
        return [one["licence_id"] for one in answer["items"]]

    assert await found("") == [one["licence_id"] for one in (soon, waiting, later)]
    assert await found("?state=waiting") == [waiting["licence_id"]]
    assert await found("?expiring_within_days=10&state=confirmed") == [soon["licence_id"]]
    assert await found("?expiring_within_days=9") == []
    assert await found("", stage.operator) == await found("")
    assert await found("", stage.rival) == []

    seen: list[str] = []
    query = "?limit=1"
    while query:
        page = await stage.good("GET", f"/v1/licences{query}", stage.office)
        seen += [one["licence_id"] for one in page["items"]]
        query = f"?limit=1&cursor={page['next']}" if page["next"] else ""
    assert seen == await found("")


async def test_at_a_published_venue_nothing_is_changed_that_then_lacks_a_licence(
    stage: Stage,
) -> None:
    venue = await unlicensed(stage, (entry_body(), HOURS))
    await confirmed(stage, venue)
    await stage.move(venue, "approvals", stage.office)
    await stage.forget_events()
    large = {"expected_visitors": 1000}
    offering = f"/v1/venues/{venue['venue_id']}/offerings/{venue['offerings'][0]['offering_id']}"
    for body in (large, {**large, "event_permit_number": "E-7"}):
        answer = await stage.call("PATCH", offering, stage.operator, body)
        assert (answer.status, answer.code) == (409, "licence_missing")
        assert answer.body["kinds"] == ["event_permit"]
    assert await stage.told_types() == []

    await confirmed(stage, venue, "event_permit", number="E-7")
    changed = await stage.good(
        "PATCH", offering, stage.operator, {**large, "event_permit_number": "E-7"}
    )
    assert (changed["expected_visitors"], changed["event_permit_number"]) == (1000, "E-7")


async def test_only_an_entry_says_how_many_it_expects(stage: Stage) -> None:
    venue = await stage.venue()
    path = f"/v1/venues/{venue['venue_id']}/offerings"
    answer = await stage.call("POST", path, stage.operator, session_body(expected_visitors=10))
    assert (answer.status, answer.fields) == (422, {"/expected_visitors": "only_for_entries"})


async def test_the_database_publishes_no_large_event_without_the_number_of_its_permit(
    stage: Stage,
) -> None:
    venue = await unlicensed(stage, (entry_body(expected_visitors=1000), HOURS))
    with pytest.raises(asyncpg.CheckViolationError) as refused:
        async with transaction(stage.database) as conn:
            await conn.execute(
                "update offerings set published = true, event_version = 1 where venue_id = $1",
                venue["venue_id"],
            )
    assert refused.value.constraint_name == "offerings_large_events_have_a_permit_number"


async def test_the_database_publishes_nothing_without_licences(stage: Stage) -> None:
    venue = await unlicensed(stage)
    with pytest.raises(asyncpg.CheckViolationError) as refused:
        async with transaction(stage.database) as conn:
            await conn.execute(
                "update venues set state = 'published', event_version = 1 where venue_id = $1",
                venue["venue_id"],
            )
    assert refused.value.constraint_name == "venues_published_with_licences"


async def test_the_database_confirms_nothing_without_a_document(stage: Stage) -> None:
    await enter(stage, await unlicensed(stage))
    with pytest.raises(asyncpg.CheckViolationError) as refused:
        async with transaction(stage.database) as conn:
            await conn.execute(
                "update licences set state = 'confirmed', decided_by = uuidv7(),"
                " decided_at = now(), confirmed_at = now()"
            )
    assert refused.value.constraint_name == "licences_confirmed_by_a_document"


async def test_a_refused_licence_is_never_confirmed(stage: Stage) -> None:
    venue = await unlicensed(stage)
    licence = await enter(stage, venue)
    await refuse(stage, licence)
    with pytest.raises(asyncpg.CheckViolationError) as refused:
        async with transaction(stage.database) as conn:
            await conn.execute(
                "update licences set state = 'confirmed', refused_because = null,"
                " confirmed_at = now() where licence_id = $1",
                licence["licence_id"],
            )
    assert refused.value.constraint_name == "licences_state_follows_its_life"
