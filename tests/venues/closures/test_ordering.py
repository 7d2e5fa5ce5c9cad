"""Who may close what, and what comes of it."""

from datetime import timedelta

import asyncpg
import pytest

from shared.core.ids import new_id
from shared.db import transaction
from tests.venues.closures.closing import FROM, Closing, closure_body, moment
from tests.venues.stage import NOW, Stage, stay_body


async def test_an_operator_closes_an_own_venue_at_once(stage: Stage, closing: Closing) -> None:
    venue, _ = await stage.ready_venue()
    answer = await closing.order(stage.operator, venues=[venue["venue_id"]], orders="keep")
    assert answer.status == 201
    closure = answer.body["closure"]
    assert (closure["state"], closure["ordered_by"]) == ("in_force", "operator")
    assert [step["step"] for step in closure["steps"]] == ["ordered"]
    [event] = await closing.told()
    assert (event.type, event.version) == ("closure.ordered.v1", 1)
    assert event.data["venue_ids"] == [venue["venue_id"]]
    assert event.data["organisation_id"] == str(stage.organisation)
    assert event.data["orders"] == "keep"


async def test_an_operator_closes_one_offering(stage: Stage, closing: Closing) -> None:
    venue, workshop = await stage.ready_venue()
    named = {"venues": [venue["venue_id"]], "offerings": [workshop["offering_id"]]}
    answer = await closing.order(stage.operator, **named)
    assert answer.body["closure"]["offering_ids"] == named["offerings"]
    [event] = await closing.told()
    assert event.data["offering_ids"] == named["offerings"]


async def test_the_office_only_proposes(stage: Stage, closing: Closing) -> None:
    village = await stage.village()
    closure = await closing.proposed(village["village_id"], kinds=["stay"])
    assert (closure["state"], closure["ordered_by"]) == ("proposed", "office")
    assert closure["expires_at"] is not None
    assert closure["impact"]["orders"] == 0
    assert await closing.told() == []


async def test_a_dry_run_counts_and_keeps_nothing(stage: Stage, closing: Closing) -> None:
    village = await stage.village()
    answer = await closing.order(closing.proposer, villages=[village["village_id"]], dry_run=True)
    assert answer.status == 201
    assert answer.body["closure"] is None
    assert set(answer.body["impact"]) == {
        "venues", "offerings", "slots", "orders", "lines", "begun", "people", "accounts",
        "refund_fen", "sleeping_tonight", "villages", "counted_at",
    }  # fmt: skip
    assert await closing.listed() == []


async def test_an_approved_closure_is_told_with_its_scope(stage: Stage, closing: Closing) -> None:
    village = await stage.village()
    closure = await closing.proposed(village["village_id"], kinds=["stay", "table"])
    answer = await closing.approve(closure)
    assert (answer.status, answer.body["state"]) == (200, "in_force")
    # What was counted is shown to whoever approves.
    assert answer.body["impact"] == closure["impact"]
    assert [(step["step"], step["done_by"]) for step in answer.body["steps"]] == [
        ("proposed", str(closing.proposer_id)),
        ("approved", str(closing.approver_id)),
    ]
    [event] = await closing.told()
    assert event.data["village_ids"] == [village["village_id"]]
    assert event.data["kinds"] == ["stay", "table"]


async def test_whoever_proposed_cannot_approve(stage: Stage, closing: Closing) -> None:
    closure = await closing.proposed((await stage.village())["village_id"])
    answer = await closing.approve(closure, closing.proposer)
    assert (answer.status, answer.code) == (409, "second_person_needed")
    assert await closing.told() == []


async def test_the_database_knows_that_two_people_are_needed(
    stage: Stage, closing: Closing
) -> None:
    await closing.proposed((await stage.village())["village_id"])
    with pytest.raises(asyncpg.CheckViolationError) as caught:
        async with transaction(stage.database) as conn:
            await conn.execute(
                "update closures set state = 'in_force', decided_by = entered_by,"
                " decided_at = entered_at, event_version = 1"
            )
    assert caught.value.constraint_name == "closures_second_person"


async def test_of_two_approvers_at_once_one_approves(stage: Stage, closing: Closing) -> None:
    closure = await closing.proposed((await stage.village())["village_id"])
    other = stage.tokens.person(roles=("office_director",))
    answers = await stage.at_once(closing.approve(closure), closing.approve(closure, other))
    assert sorted(answer.status for answer in answers) == [200, 412]
    assert len(await closing.told()) == 1


async def test_an_approval_of_what_was_not_read_is_refused(stage: Stage, closing: Closing) -> None:
    closure = await closing.proposed((await stage.village())["village_id"])
    path = f"/v1/closures/{closure['closure_id']}/approvals"
    unread = await stage.call("POST", path, closing.approver)
    assert (unread.status, unread.code) == (428, "precondition_required")
    stale = await closing.approve({**closure, "version": 7})
    assert (stale.status, stale.code) == (412, "precondition_failed")


async def test_a_proposal_expires_after_a_day(stage: Stage, closing: Closing) -> None:
    closure = await closing.proposed((await stage.village())["village_id"])
    stage.clock.pass_days(1)
    closing.approver = stage.tokens.person(roles=("office_director",))
    closing.proposer = stage.tokens.person(roles=("office_approver",))
    answer = await closing.approve(closure)
    assert (answer.status, answer.code) == (409, "closure_state_conflict")
    assert answer.body["state"] == "expired"
    assert (await closing.show(closure)).body["state"] == "expired"
    assert await closing.listed(query="?state=proposed") == []
    assert await closing.listed(query="?state=expired") == [closure["closure_id"]]


async def test_a_rejected_proposal_never_comes_into_force(stage: Stage, closing: Closing) -> None:
    closure = await closing.proposed((await stage.village())["village_id"])
    path = f"/v1/closures/{closure['closure_id']}/rejections"
    reason = {"reason": "The storm turned away."}
    answer = await stage.call("POST", path, closing.approver, reason)
    assert (answer.status, answer.body["state"]) == (200, "rejected")
    assert answer.body["steps"][-1]["note"] == reason["reason"]
    again = await stage.call("POST", path, closing.approver, reason)
    assert (again.status, again.code) == (409, "closure_state_conflict")
    assert (await closing.approve(answer.body)).code == "closure_state_conflict"
    assert await closing.told() == []


async def test_a_repeated_request_is_one_closure(stage: Stage, closing: Closing) -> None:
    venue, _ = await stage.ready_venue()
    body = closure_body(venues=[venue["venue_id"]])
    key = {"Idempotency_Key": "once"}
    first = await stage.call("POST", "/v1/closures", stage.operator, body, **key)
    second = await stage.call("POST", "/v1/closures", stage.operator, body, **key)
    assert first.body == second.body
    assert len(await closing.told()) == 1


async def test_an_operator_closes_nobody_elses_venue(stage: Stage, closing: Closing) -> None:
    venue, _ = await stage.ready_venue()
    answer = await closing.order(stage.rival, venues=[venue["venue_id"]])
    missing = await closing.order(stage.rival, venues=[str(new_id())])
    assert (answer.status, answer.code) == (missing.status, missing.code) == (404, "not_found")


async def test_an_operator_closes_no_village(stage: Stage, closing: Closing) -> None:
    village = await stage.village()
    answer = await closing.order(stage.operator, villages=[village["village_id"]])
    assert (answer.status, answer.code) == (403, "not_allowed")


async def test_visitors_close_nothing(stage: Stage, closing: Closing) -> None:
    answer = await closing.order(stage.visitor, villages=[str(new_id())])
    assert (answer.status, answer.code) == (403, "not_allowed")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"villages": []}, "closure_without_place"),
        ({"until": moment(FROM)}, "ends_before_start"),
        ({"until": moment(FROM + timedelta(days=367))}, "closure_too_long"),
        (
            {"from": moment(NOW - timedelta(days=3)), "until": moment(NOW - timedelta(days=1))},
            "closure_over_already",
        ),
        ({"kinds": ["stay", "stay"]}, "closure_repeated"),
        ({"kinds": ["sauna"]}, "not_one_of"),
        (
            {"offerings": [str(NOW.year).zfill(8) + "-0000-4000-8000-000000000000"]},
            "closure_offerings_need_one_venue",
        ),
        ({"orders": "move"}, "not_one_of"),
        ({"state": "in_force"}, "unknown"),
        ({"reason": {"zh": "好", "en": "x" * 301}}, "text_too_long"),
    ],
    ids=str,
)
async def test_a_wrong_closure_is_refused(
    stage: Stage, closing: Closing, body: dict[str, object], code: str
) -> None:
    village = await stage.village()
    answer = await closing.order(closing.proposer, **{"villages": [village["village_id"]], **body})
    assert answer.status == 422, answer.body
    assert code in answer.fields.values()


async def test_what_does_not_exist_is_not_closed(stage: Stage, closing: Closing) -> None:
    venue, _ = await stage.ready_venue()
    elsewhere = await stage.offering(await stage.venue(slug="other-venue"), stay_body())
    nobody = str(new_id())
    for body, code in (
        ({"villages": [nobody]}, "unknown_village"),
        ({"venues": [nobody, venue["venue_id"]]}, "unknown_venue"),
        (
            {"venues": [venue["venue_id"]], "offerings": [elsewhere["offering_id"]]},
            "unknown_offering",
        ),
    ):
        answer = await closing.order(closing.proposer, **body)
        assert (answer.status, set(answer.fields.values())) == (422, {code})


async def test_what_a_closure_covers_is_never_rewritten(stage: Stage, closing: Closing) -> None:
    await closing.in_force((await stage.village())["village_id"])
    for change in (
        "update closures set kinds = '{stay}'",
        "delete from closures",
        "update closure_steps set done_by = uuidv7()",
        "update closures set state = 'rejected'",
    ):
        with pytest.raises(asyncpg.CheckViolationError):
            async with transaction(stage.database) as conn:
                await conn.execute(change)
