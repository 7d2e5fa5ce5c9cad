"""A venue's life: draft, submitted, published or rejected, paused, published again."""

from typing import Final

import asyncpg
import pytest

from services.venues.domain.life import STATES, STEPS
from shared.core.ids import new_id
from shared.db import acquire, transaction
from tests.venues.stage import Stage, assert_gapless


async def test_a_venue_lives_from_draft_to_published_and_is_told_with_all_it_offers(
    stage: Stage,
) -> None:
    venue, offering = await stage.ready_venue()
    assert venue["state"] == "draft"
    assert (await stage.move(venue, "submissions"))["state"] == "submitted"
    await stage.forget_events()

    published = await stage.move(venue, "approvals", stage.office)

    assert published["state"] == "published"
    assert published["kinds"] == ["session"]
    assert [one["on_sale"] for one in published["offerings"]] == [True]
    # Three weekends lie between 11 and 30 September.
    assert await stage.told_types() == [
        "venue.published",
        "offering.published",
        *["slot.published"] * 6,
    ]
    told = await stage.told()
    assert_gapless(told)
    assert told[1].data == {
        "offering_id": offering["offering_id"],
        "venue_id": venue["venue_id"],
        "village_id": venue["village"]["village_id"],
        "organisation_id": str(stage.organisation),
        "kind": "session",
        "name": offering["name"],
        "prices": offering["prices"],
        "payment": "on_site",
        "persons_per_unit": None,
        "terms": offering["terms"],
    }
    assert told[2].data["starts_at"] == "2026-09-12T06:00:00Z"
    assert told[2].data["ends_at"] == "2026-09-12T08:00:00Z"
    assert told[2].data["capacity"] == 12


async def test_nothing_of_a_venue_is_told_before_it_is_approved(stage: Stage) -> None:
    await stage.submitted_venue()
    assert await stage.told_types() == ["village.published"]


async def test_a_rejected_venue_is_mended_and_submitted_again(stage: Stage) -> None:
    venue, _ = await stage.submitted_venue()
    path = f"/v1/venues/{venue['venue_id']}"
    rejected = await stage.good(
        "POST", f"{path}/rejections", stage.office, {"reason": "请补充地址"}
    )
    assert rejected["state"] == "rejected"

    await stage.good("PATCH", path, stage.operator, {"day_capacity": 40})
    await stage.move(venue, "submissions")
    assert (await stage.move(venue, "approvals", stage.office))["state"] == "published"

    for reader in (stage.operator, stage.office):
        decisions = (await stage.good("GET", f"{path}/decisions", reader))["items"]
        assert [one["decision"] for one in decisions] == [
            "approved",
            "submitted",
            "rejected",
            "submitted",
        ]
        assert decisions[2]["reason"] == "请补充地址"
        assert decisions[2]["venue_version"] == venue["version"]


async def test_a_paused_venue_goes_off_sale_and_comes_back_with_the_next_versions(
    stage: Stage,
) -> None:
    venue, _ = await stage.published_venue()
    paused = await stage.move(venue, "pauses")
    assert paused["state"] == "paused"
    assert [one["on_sale"] for one in paused["offerings"]] == [False]
    resumed = await stage.move(venue, "resumptions")
    assert resumed["offerings"][0]["on_sale"]

    types = await stage.told_types()
    assert types[9:17] == ["venue.withdrawn", "offering.withdrawn", *["slot.withdrawn"] * 6]
    assert types[17:] == ["venue.published", "offering.published", *["slot.published"] * 6]
    told = await stage.told()
    assert {event.version for event in told[17:]} == {3}
    assert_gapless(told)


async def test_a_slot_that_has_begun_is_not_told_again(stage: Stage) -> None:
    venue, _ = await stage.published_venue()
    await stage.move(venue, "pauses")
    await stage.forget_events()
    stage.clock.pass_days(8)
    stage.operator = stage.tokens.person(organisations=(stage.organisation,))
    await stage.move(venue, "resumptions")
    days = [e.data["day"] for e in await stage.told() if e.type == "slot.published.v1"]
    assert days == ["2026-09-19", "2026-09-20", "2026-09-26", "2026-09-27"]


@pytest.mark.parametrize(
    ("reached", "step"),
    [
        ("draft", "approvals"),
        ("draft", "pauses"),
        ("draft", "resumptions"),
        ("submitted", "submissions"),
        ("submitted", "pauses"),
        ("published", "approvals"),
        ("published", "submissions"),
        ("published", "resumptions"),
    ],
)
async def test_a_step_that_does_not_follow_is_refused(
    stage: Stage, reached: str, step: str
) -> None:
    reach = {
        "draft": stage.ready_venue,
        "submitted": stage.submitted_venue,
        "published": stage.published_venue,
    }
    venue, _ = await reach[reached]()
    token = stage.office if step == "approvals" else stage.operator
    answer = await stage.call("POST", f"/v1/venues/{venue['venue_id']}/{step}", token)
    assert (answer.status, answer.code) == (409, "venue_state_conflict")
    assert answer.body["state"] == reached


async def test_a_draft_is_not_rejected(stage: Stage) -> None:
    venue = await stage.venue()
    path = f"/v1/venues/{venue['venue_id']}/rejections"
    answer = await stage.call("POST", path, stage.office, {"reason": "-"})
    assert (answer.status, answer.code) == (409, "venue_state_conflict")


NO_REASONS: Final[list[str | None]] = ["", "   ", "a\u0007b", None]


async def test_a_rejection_needs_a_reason(stage: Stage) -> None:
    venue, _ = await stage.submitted_venue()
    for reason in NO_REASONS:
        path = f"/v1/venues/{venue['venue_id']}/rejections"
        answer = await stage.call("POST", path, stage.office, {"reason": reason})
        assert answer.status == 422
        assert "/reason" in answer.fields


async def test_a_venue_without_a_scheduled_offering_is_not_approved(stage: Stage) -> None:
    venue = await stage.venue()
    await stage.offering(venue)
    await stage.move(venue, "submissions")
    answer = await stage.call("POST", f"/v1/venues/{venue['venue_id']}/approvals", stage.office)
    assert (answer.status, answer.code) == (409, "venue_without_schedule")
    assert await stage.told_types() == ["village.published"]


async def test_the_office_approves_only_what_it_has_read(stage: Stage) -> None:
    venue, _ = await stage.submitted_venue()
    path = f"/v1/venues/{venue['venue_id']}"
    read = await stage.call("GET", path, stage.office)
    await stage.good("PATCH", path, stage.operator, {"day_capacity": 4000})
    answer = await stage.call(
        "POST", f"{path}/approvals", stage.office, If_Match=read.headers["ETag"]
    )
    assert (answer.status, answer.code) == (412, "precondition_failed")


async def test_a_schedule_that_was_set_since_is_not_approved(stage: Stage) -> None:
    venue, offering = await stage.submitted_venue()
    path = f"/v1/venues/{venue['venue_id']}"
    read = await stage.call("GET", path, stage.office)
    await stage.schedule(offering, capacity=2000)
    answer = await stage.call(
        "POST", f"{path}/approvals", stage.office, If_Match=read.headers["ETag"]
    )
    assert (answer.status, answer.code) == (412, "precondition_failed")


async def test_two_approvals_at_once_take_effect_once(stage: Stage) -> None:
    venue, _ = await stage.submitted_venue()
    path = f"/v1/venues/{venue['venue_id']}/approvals"
    answers = await stage.at_once(*(stage.call("POST", path, stage.office) for _ in range(4)))
    assert sorted(answer.status for answer in answers) == [200, 409, 409, 409]
    assert (await stage.told_types()).count("venue.published") == 1


@pytest.mark.parametrize(
    ("step", "token", "undone"),
    [
        ("submissions", "operator", "draft"),
        ("rejections", "office", "submitted"),
        ("pauses", "operator", "published"),
        ("resumptions", "operator", "paused"),
    ],
)
async def test_of_two_equal_steps_at_once_one_takes_effect(
    stage: Stage, step: str, token: str, undone: str
) -> None:
    venue, _ = await (stage.ready_venue() if undone == "draft" else stage.submitted_venue())
    if undone in {"published", "paused"}:
        await stage.move(venue, "approvals", stage.office)
    if undone == "paused":
        await stage.move(venue, "pauses")
    path = f"/v1/venues/{venue['venue_id']}/{step}"
    body = {"reason": "两次"} if step == "rejections" else None
    answers = await stage.at_once(
        *(stage.call("POST", path, getattr(stage, token), body) for _ in range(3))
    )
    assert sorted(answer.status for answer in answers) == [200, 409, 409]
    assert_gapless(await stage.told())


async def test_the_database_knows_the_same_steps_as_the_code(stage: Stage) -> None:
    async with acquire(stage.database) as conn:
        rows = await conn.fetch("select from_state, to_state from venue_steps")
    ours = {(before, after) for befores, after in STEPS.values() for before in befores}
    assert {(row["from_state"], row["to_state"]) for row in rows} == ours


async def test_the_database_refuses_every_other_step(stage: Stage) -> None:
    venue, _ = await stage.published_venue()
    for state in set(STATES) - {"published", "paused", "archived"}:
        with pytest.raises(asyncpg.CheckViolationError) as refused:
            async with transaction(stage.database) as conn:
                await conn.execute(
                    "update venues set state = $2 where venue_id = $1", venue["venue_id"], state
                )
        assert refused.value.constraint_name == "venues_state_follows_its_life"


async def test_the_database_publishes_nothing_without_a_schedule(stage: Stage) -> None:
    venue = await stage.venue()
    await stage.move(venue, "submissions")
    with pytest.raises(asyncpg.CheckViolationError) as refused:
        async with transaction(stage.database) as conn:
            await conn.execute(
                "update venues set state = 'published', event_version = 1 where venue_id = $1",
                venue["venue_id"],
            )
    assert refused.value.constraint_name == "venues_published_have_a_schedule"


async def test_decisions_are_never_rewritten(stage: Stage) -> None:
    await stage.submitted_venue()
    for statement in ("update venue_decisions set reason = 'x'", "delete from venue_decisions"):
        with pytest.raises(asyncpg.CheckViolationError) as refused:
            async with transaction(stage.database) as conn:
                await conn.execute(statement)
        assert refused.value.constraint_name == "venue_decisions_are_final"


async def test_a_step_of_a_venue_that_does_not_exist_is_not_found(stage: Stage) -> None:
    for step in ("submissions", "pauses", "resumptions"):
        answer = await stage.call("POST", f"/v1/venues/{new_id()}/{step}", stage.operator)
        assert (answer.status, answer.code) == (404, "not_found")
    answer = await stage.call("POST", f"/v1/venues/{new_id()}/approvals", stage.office)
    assert answer.status == 404
