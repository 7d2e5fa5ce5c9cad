"""Licences: entered, confirmed or refused, needed for publishing, and over after their last day."""

from datetime import date, timedelta
from typing import Any, Final

import asyncpg
import pytest

from services.venues.domain.licences import BY_OFFERING_KIND
from services.venues.jobs.watch_licences import watch_licences
from shared.core.ids import new_id
from shared.db import acquire, transaction
from tests.venues.stage import (
    Answer,
    Json,
    Stage,
    assert_gapless,
    entry_body,
    schedule_body,
    session_body,
    stay_body,
    table_body,
)

# The stage's clock stands on 11 September 2026.
TODAY: Final = date(2026, 9, 11)


def licence_body(kind: str = "business", **other: object) -> Json:
    return {
        "kind": kind,
        "number": f"{kind}-2026-1",
        "issued_by": "北仑区市场监管局",
        "valid_from": "2026-01-01",
        "valid_until": "2026-12-31",
        **other,
    }


async def enter(stage: Stage, venue: Json, kind: str = "business", **other: object) -> Json:
    path = f"/v1/venues/{venue['venue_id']}/licences"
    licence: Json = await stage.good("POST", path, stage.operator, licence_body(kind, **other))
    return licence


async def confirm(stage: Stage, licence: Json) -> Json:
    path = f"/v1/licences/{licence['licence_id']}/confirmations"
    confirmed: Json = await stage.good("POST", path, stage.office)
    return confirmed


async def confirmed(stage: Stage, venue: Json, kind: str = "business", **other: object) -> Json:
    return await confirm(stage, await enter(stage, venue, kind, **other))


async def refuse(stage: Stage, licence: Json, reason: str = "看不清") -> Json:
    path = f"/v1/licences/{licence['licence_id']}/refusals"
    refused: Json = await stage.good("POST", path, stage.office, {"reason": reason})
    return refused


async def listed(stage: Stage, venue: Json, token: str | None = None) -> Json:
    path = f"/v1/venues/{venue['venue_id']}/licences"
    answer: Json = await stage.good("GET", path, token or stage.operator)
    return answer


async def unlicensed(stage: Stage, *offerings: tuple[Json, Json]) -> Json:
    """Return a submitted venue without any licence that offers these, each with its schedule."""
    venue = await stage.venue(licensed=False)
    for body, schedule in offerings or [(session_body(), {})]:
        await stage.schedule(await stage.offering(venue, body), **schedule)
    return await stage.move(venue, "submissions")


async def approve(stage: Stage, venue: Json) -> Answer:
    return await stage.call("POST", f"/v1/venues/{venue['venue_id']}/approvals", stage.office)


def days_pass(stage: Stage, days: int) -> None:
    """Let days pass; everybody signs in again, because tokens don't last so long."""
    stage.clock.pass_days(days)
    stage.__post_init__()


async def watch(stage: Stage) -> None:
    app: Any = stage.client.app
    await watch_licences(app)


async def licensed_until(stage: Stage, last: date) -> tuple[Json, Json]:
    """Return a published workshop, and its business licence, which ends that day."""
    venue = await unlicensed(stage)
    licence = await confirmed(stage, venue, valid_until=last.isoformat())
    venue = await stage.move(venue, "approvals", stage.office)
    await stage.forget_events()
    return venue, licence


async def test_a_licence_is_entered_waits_and_is_confirmed(stage: Stage) -> None:
    venue = await unlicensed(stage)
    entered = await enter(stage, venue, number=" A  12 ")
    assert entered["state"] == "waiting"
    assert entered["number"] == "A 12"
    assert entered["days_left"] == 111
    assert entered["version"] == 1
    assert (await listed(stage, venue))["missing"] == ["business"]

    assert (await confirm(stage, entered))["state"] == "confirmed"

    found = await listed(stage, venue, stage.office)
    assert [one["state"] for one in found["items"]] == ["confirmed"]
    assert found["missing"] == []
    assert found["suspended_at"] is None
    assert (await approve(stage, venue)).status == 200


LAZY: Final[Json] = {"times": []}
HOURS: Final[Json] = {"times": [], "opens_at": "09:00", "closes_at": "18:00"}


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


async def test_after_its_last_day_a_venue_is_off_sale_by_itself_and_comes_back_when_renewed(
    stage: Stage,
) -> None:
    venue, licence = await licensed_until(stage, TODAY)
    offering = venue["offerings"][0]
    await watch(stage)
    assert await stage.told_types() == ["licence.expiring"]

    days_pass(stage, 1)
    await watch(stage)
    assert await stage.told_types() == [
        "licence.expiring",
        "licence.expired",
        "venue.withdrawn",
        "offering.withdrawn",
        *["slot.withdrawn"] * 6,
    ]
    found = await listed(stage, venue)
    assert found["suspended_at"] is not None
    assert found["missing"] == ["business"]
    shown = await stage.good("GET", f"/v1/venues/{venue['venue_id']}", stage.operator)
    assert shown["state"] == "published"
    assert [one["on_sale"] for one in shown["offerings"]] == [False]

    # What changes meanwhile is told to nobody.
    await stage.forget_events()
    path = f"/v1/venues/{venue['venue_id']}"
    await stage.good("PATCH", path, stage.operator, {"day_capacity": 61})
    body = {"description": {"zh": "新", "en": "New"}}
    await stage.good("PATCH", f"{path}/offerings/{offering['offering_id']}", stage.operator, body)
    await stage.schedule(offering, capacity=11)
    await watch(stage)
    assert await stage.told_types() == []

    renewed = await enter(stage, venue, number="next")
    assert await stage.told_types() == []
    await confirm(stage, renewed)
    told = await stage.told()
    assert [event.type for event in told] == [
        "licence.renewed.v1",
        "venue.published.v1",
        "offering.published.v1",
        *["slot.published.v1"] * 6,
    ]
    assert told[0].data == {
        "licence_id": renewed["licence_id"],
        "kind": "business",
        "venue_id": venue["venue_id"],
        "organisation_id": str(stage.organisation),
        "venue_name": venue["name"],
        "valid_until": "2026-12-31",
    }
    assert {event.data["capacity"] for event in told[3:]} == {11}
    found = await listed(stage, venue)
    assert (found["missing"], found["suspended_at"]) == ([], None)
    assert licence["licence_id"] != renewed["licence_id"]


async def test_a_renewal_that_begins_later_puts_the_venue_back_on_its_first_day(
    stage: Stage,
) -> None:
    venue, _ = await licensed_until(stage, TODAY)
    await confirmed(stage, venue, number="next", valid_from="2026-09-14")
    days_pass(stage, 1)
    await watch(stage)
    assert (await listed(stage, venue))["suspended_at"] is not None
    days_pass(stage, 2)
    await watch(stage)
    assert (await listed(stage, venue))["suspended_at"] is None


async def test_a_confirmation_that_is_taken_back_takes_the_venue_off_sale_at_once(
    stage: Stage,
) -> None:
    venue, licence = await licensed_until(stage, date(2026, 12, 31))
    refused = await refuse(stage, licence, "伪造")
    assert (refused["state"], refused["refused_because"]) == ("refused", "伪造")
    assert "venue.withdrawn" in await stage.told_types()
    assert (await listed(stage, venue))["suspended_at"] is not None
    # The same paper may be entered again, put right.
    await confirm(stage, await enter(stage, venue))
    assert (await listed(stage, venue))["suspended_at"] is None
    assert_gapless([e for e in await stage.told() if e.type.startswith("licence")])


async def test_a_venue_that_is_off_sale_can_be_paused_and_is_withdrawn_once(stage: Stage) -> None:
    venue, licence = await licensed_until(stage, date(2026, 12, 31))
    await refuse(stage, licence)
    assert (await stage.move(venue, "pauses"))["state"] == "paused"
    assert (await stage.told_types()).count("venue.withdrawn") == 1
    assert (await listed(stage, venue))["suspended_at"] is None


async def test_a_venue_from_before_licences_were_asked_for_stays_on_sale(stage: Stage) -> None:
    venue, _ = await stage.published_venue()
    async with transaction(stage.database) as conn:
        await conn.execute("delete from licences")
    await stage.forget_events()
    await watch(stage)
    assert await stage.told_types() == []
    assert (await listed(stage, venue))["missing"] == ["business"]


async def test_its_people_are_warned_30_10_and_1_days_before_each_once(stage: Stage) -> None:
    await licensed_until(stage, TODAY + timedelta(days=31))
    seen: list[tuple[int, str, int | None]] = []
    for day in range(34):
        for _ in range(2):
            await watch(stage)
        seen += [
            (day, event.type, event.data.get("days"))
            for event in await stage.told()
            if event.topic == "venues.licence"
        ]
        await stage.forget_events()
        days_pass(stage, 1)
    assert seen == [
        (1, "licence.expiring.v1", 30),
        (21, "licence.expiring.v1", 10),
        (30, "licence.expiring.v1", 1),
        (32, "licence.expired.v1", None),
    ]


@pytest.mark.parametrize(
    ("asleep", "expected"),
    [(26, ["licence.expiring.v1", 10]), (31, ["licence.expiring.v1", 1])],
    ids=["five_days_left", "last_day"],
)
async def test_after_a_time_in_which_nobody_looked_only_the_latest_warning_is_told(
    stage: Stage, asleep: int, expected: list[object]
) -> None:
    await licensed_until(stage, TODAY + timedelta(days=31))
    days_pass(stage, asleep)
    await watch(stage)
    await watch(stage)
    told = [event for event in await stage.told() if event.topic == "venues.licence"]
    assert [[event.type, event.data["days"]] for event in told] == [expected]


async def test_nobody_is_warned_of_a_licence_that_another_one_continues(stage: Stage) -> None:
    venue, _ = await licensed_until(stage, TODAY + timedelta(days=5))
    await confirmed(stage, venue, number="next")
    for days in (0, 5, 1):
        days_pass(stage, days)
        await watch(stage)
    assert await stage.told_types() == ["licence.renewed"]


async def test_two_who_watch_at_once_warn_once(stage: Stage) -> None:
    await licensed_until(stage, TODAY)
    days_pass(stage, 1)
    await stage.at_once(*(_watched(stage) for _ in range(4)))
    types = await stage.told_types()
    assert types.count("licence.expired") == 1
    assert types.count("venue.withdrawn") == 1
    assert_gapless([event for event in await stage.told() if event.topic == "venues.licence"])


async def _watched(stage: Stage) -> Answer:
    await watch(stage)
    return await stage.call("GET", "/healthz")


async def test_two_decisions_at_once_take_effect_once(stage: Stage) -> None:
    venue = await unlicensed(stage)
    licence = await enter(stage, venue)
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


async def test_at_a_published_venue_nothing_is_added_that_lacks_a_licence(stage: Stage) -> None:
    venue = await unlicensed(stage, (entry_body(), HOURS))
    await confirmed(stage, venue)
    await stage.move(venue, "approvals", stage.office)
    await stage.forget_events()
    path = f"/v1/venues/{venue['venue_id']}/offerings"
    answer = await stage.call("POST", path, stage.operator, stay_body())
    assert (answer.status, answer.body["kinds"]) == (409, ["camping_filing", "fire"])
    large = {"expected_visitors": 1000}
    offering = f"{path}/{venue['offerings'][0]['offering_id']}"
    for body in (large, {**large, "event_permit_number": "E-7"}):
        answer = await stage.call("PATCH", offering, stage.operator, body)
        assert (answer.status, answer.code) == (409, "licence_missing")
        assert answer.body["kinds"] == ["event_permit"]
    body = entry_body(slug="fair", **large)
    assert (await stage.call("POST", path, stage.operator, body)).code == "licence_missing"
    assert await stage.told_types() == []

    await confirmed(stage, venue, "event_permit", number="E-7")
    changed = await stage.good(
        "PATCH", offering, stage.operator, {**large, "event_permit_number": "E-7"}
    )
    assert (changed["expected_visitors"], changed["event_permit_number"]) == (1000, "E-7")


async def test_the_permit_of_an_event_that_is_over_is_needed_no_longer(stage: Stage) -> None:
    large = entry_body(expected_visitors=5000, event_permit_number="E-7")
    venue = await unlicensed(stage, (large, {**HOURS, "until": "2026-09-13"}))
    await confirmed(stage, venue)
    await confirmed(stage, venue, "event_permit", number="E-7", valid_until="2026-09-13")
    await stage.move(venue, "approvals", stage.office)
    days_pass(stage, 3)
    await watch(stage)
    assert (await listed(stage, venue))["suspended_at"] is None


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


async def test_the_database_knows_the_same_rules_as_the_code(stage: Stage) -> None:
    async with acquire(stage.database) as conn:
        rows = await conn.fetch("select offering_kind, licence_kind from licence_rules")
    ours = {(kind, one) for kind, needed in BY_OFFERING_KIND.items() for one in needed}
    assert {(row["offering_kind"], row["licence_kind"]) for row in rows} == ours


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


async def test_schedules_of_a_venue_that_is_off_sale_still_make_slots(stage: Stage) -> None:
    venue, licence = await licensed_until(stage, date(2026, 12, 31))
    await refuse(stage, licence)
    offering = await stage.offering(venue, session_body(slug="other"))
    path = f"/v1/offerings/{offering['offering_id']}/schedule"
    await stage.good("PUT", path, stage.operator, schedule_body())
    assert len(await stage.slots(offering, "2026-09-11", "2026-09-30")) == 6
