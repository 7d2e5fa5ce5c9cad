"""When a licence ends: warnings before, off sale after, and back when the next one counts."""

from datetime import date, timedelta

import pytest

from shared.db import transaction
from tests.venues.licences.papers import (
    HOURS,
    TODAY,
    approve,
    confirm,
    confirmed,
    days_pass,
    enter,
    licensed_until,
    listed,
    refuse,
    unlicensed,
    watch,
)
from tests.venues.stage import (
    Answer,
    Json,
    Stage,
    assert_gapless,
    entry_body,
    schedule_body,
    session_body,
)


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


async def test_the_permit_of_an_event_that_is_over_is_needed_no_longer(stage: Stage) -> None:
    large = entry_body(expected_visitors=5000, event_permit_number="E-7")
    venue = await unlicensed(stage, (large, {**HOURS, "until": "2026-09-13"}))
    await confirmed(stage, venue)
    await confirmed(stage, venue, "event_permit", number="E-7", valid_until="2026-09-13")
    await stage.move(venue, "approvals", stage.office)
    days_pass(stage, 3)
    await watch(stage)
    assert (await listed(stage, venue))["suspended_at"] is None


async def test_schedules_of_a_venue_that_is_off_sale_still_make_slots(stage: Stage) -> None:
    venue, licence = await licensed_until(stage, date(2026, 12, 31))
    await refuse(stage, licence)
    offering = await stage.offering(venue, session_body(slug="other"))
    path = f"/v1/offerings/{offering['offering_id']}/schedule"
    await stage.good("PUT", path, stage.operator, schedule_body())
    assert len(await stage.slots(offering, "2026-09-11", "2026-09-30")) == 6


async def test_a_large_event_goes_on_sale_again_only_with_a_permit_that_still_holds(
    stage: Stage,
) -> None:
    venue = await _event(stage, "2026-09-13")
    (fair,) = venue["offerings"]
    days_pass(stage, 5)
    await stage.forget_events()
    before = await stage.good(
        "GET", f"/v1/offerings/{fair['offering_id']}/schedule", stage.operator
    )

    path, body = _again(fair, "2026-09-30")
    answer = await stage.call("PUT", path, stage.operator, body)
    assert (answer.status, answer.code) == (409, "licence_missing")
    assert answer.body["kinds"] == ["event_permit"]
    assert await stage.told_types() == []
    assert await stage.good("GET", path, stage.operator) == before

    await confirmed(stage, venue, "event_permit", number="E-7", valid_until="2026-09-30")
    assert (await stage.call("PUT", path, stage.operator, body)).status == 200
    await watch(stage)
    assert (await listed(stage, venue))["suspended_at"] is None


async def test_the_permit_of_one_event_does_not_excuse_another(stage: Stage) -> None:
    venue = await _event(stage, "2026-09-13")
    await refuse(stage, await _permit(stage, venue))
    path = f"/v1/venues/{venue['venue_id']}/offerings"
    other = entry_body(slug="other", expected_visitors=1000, event_permit_number="E-8")
    waiting = (await stage.good("POST", path, stage.operator, other))["pending_change"]
    approvals = f"/v1/change-proposals/{waiting['proposal_id']}/approvals"
    answer = await stage.call("POST", approvals, stage.office)
    assert (answer.status, answer.body["kinds"]) == (409, ["event_permit"])


async def test_a_permit_has_to_hold_until_the_last_day_of_its_event(stage: Stage) -> None:
    large = entry_body(expected_visitors=5000, event_permit_number="E-7")
    # Its last weekend ends on the 27th.
    venue = await unlicensed(stage, (large, {**HOURS, "until": "2026-09-30"}))
    await confirmed(stage, venue)
    await confirmed(stage, venue, "event_permit", number="E-7", valid_until="2026-09-26")
    answer = await approve(stage, venue)
    assert (answer.status, answer.body["kinds"]) == (409, ["event_permit"])
    assert (await listed(stage, venue))["missing"] == ["event_permit"]
    await confirmed(stage, venue, "event_permit", number="E-7", valid_until="2026-09-27")
    assert (await approve(stage, venue)).status == 200


async def test_an_event_grows_longer_only_as_far_as_its_permit_goes(stage: Stage) -> None:
    venue = await _event(stage, "2026-09-14")
    # Beyond the days that slots are made for yet, too.
    for until in ("2026-09-19", "2027-01-31"):
        path, body = _again(venue["offerings"][0], until)
        answer = await stage.call("PUT", path, stage.operator, body)
        assert (answer.status, answer.code) == (409, "licence_missing")
    path, body = _again(venue["offerings"][0], "2026-09-13")
    assert (await stage.call("PUT", path, stage.operator, body)).status == 200


async def test_a_published_event_stays_on_sale_from_its_first_day_to_the_day_after(
    stage: Stage,
) -> None:
    venue = await _event(stage, "2026-09-14")
    await stage.forget_events()
    for _ in range(5):
        await watch(stage)
        assert (await listed(stage, venue))["suspended_at"] is None
        days_pass(stage, 1)
    assert await stage.told_types() == []


async def test_an_event_without_its_permit_goes_off_sale_once_and_comes_back_once(
    stage: Stage,
) -> None:
    venue = await _event(stage, "2026-09-30")
    await stage.forget_events()
    await refuse(stage, await _permit(stage, venue))
    # One that ends before the event does is not enough.
    await confirmed(stage, venue, "event_permit", number="E-7", valid_until="2026-09-14")
    for _ in range(3):
        await watch(stage)
        assert (await listed(stage, venue))["suspended_at"] is not None
    await confirmed(stage, venue, "event_permit", number="E-7", valid_until="2026-10-01")
    for _ in range(3):
        await watch(stage)
        assert (await listed(stage, venue))["suspended_at"] is None
    types = await stage.told_types()
    assert (types.count("venue.withdrawn"), types.count("venue.published")) == (1, 1)


async def _event(stage: Stage, until: str) -> Json:
    """Return a published venue with a large event until a day, the last one of its permit."""
    large = entry_body(expected_visitors=5000, event_permit_number="E-7")
    venue = await unlicensed(stage, (large, {**HOURS, "until": until}))
    await confirmed(stage, venue)
    await confirmed(stage, venue, "event_permit", number="E-7", valid_until=until)
    published: Json = await stage.move(venue, "approvals", stage.office)
    return published


async def _permit(stage: Stage, venue: Json) -> Json:
    found = await listed(stage, venue)
    permit: Json = next(one for one in found["items"] if one["kind"] == "event_permit")
    return permit


def _again(offering: Json, until: str) -> tuple[str, Json]:
    path = f"/v1/offerings/{offering['offering_id']}/schedule"
    return path, schedule_body(**{**HOURS, "until": until})
