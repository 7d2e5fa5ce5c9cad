"""Closures: who may order, approve, reopen and read them, and what they say of people."""

import json
from typing import Any, Final
from uuid import UUID, uuid4

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient

from shared.core.ids import new_id
from shared.db import acquire
from tests.venues.closures.closing import Closing, closure_body
from tests.venues.stage import Stage

OUTSIDERS: Final = ("visitor", "helper", "organiser", "office_viewer")


@pytest.fixture
def closing(stage: Stage) -> Closing:
    return Closing(stage)


@pytest.mark.parametrize("role", OUTSIDERS)
async def test_only_operators_and_deciders_of_the_office_close(
    stage: Stage, closing: Closing, role: str
) -> None:
    village = await stage.village()
    token = stage.tokens.person(roles=(role,))
    answer = await closing.order(token, villages=[village["village_id"]])
    assert (answer.status, answer.code) == (403, "not_allowed")


@pytest.mark.parametrize("role", ["gate", "accountant"])
async def test_whoever_lets_in_or_counts_money_closes_nothing(
    stage: Stage, closing: Closing, role: str
) -> None:
    venue = await stage.venue()
    token = stage.tokens.person(organisations=(stage.organisation,), role=role)
    answer = await closing.order(token, venues=[venue["venue_id"]])
    assert (answer.status, answer.code) == (403, "not_allowed")


async def test_a_manager_of_one_venue_closes_no_other_one(stage: Stage, closing: Closing) -> None:
    own, other = await stage.venue(slug="own"), await stage.venue(slug="other")
    token = stage.tokens.person(
        organisations=(stage.organisation,), role="manager", venues=[UUID(own["venue_id"])]
    )
    assert (await closing.order(token, venues=[other["venue_id"]])).status == 404
    assert (await closing.order(token, venues=[own["venue_id"]])).status == 201


async def test_a_closure_of_somebody_elses_is_like_a_missing_one(
    stage: Stage, closing: Closing
) -> None:
    venue = await stage.venue()
    own = (await closing.order(stage.operator, venues=[venue["venue_id"]])).body["closure"]
    offices = await closing.proposed((await stage.village(slug="closed"))["village_id"])
    missing = {**own, "closure_id": str(new_id())}
    for closure in (own, offices):
        for method, what, body in (("GET", "", None), ("POST", "/reopenings", {})):
            seen = [
                await stage.call(
                    method, f"/v1/closures/{one['closure_id']}{what}", stage.rival, body
                )
                for one in (closure, missing)
            ]
            assert [answer.status for answer in seen] == [404, 404]
            assert _without_address(seen[0].body) == _without_address(seen[1].body)


def _without_address(body: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in body.items() if name not in ("instance", "request_id")}


async def test_an_operator_never_approves(stage: Stage, closing: Closing) -> None:
    closure = await closing.proposed((await stage.village())["village_id"])
    for token in (stage.operator, stage.visitor, stage.tokens.service("bookings")):
        assert (await closing.approve(closure, token)).status == 403


async def test_two_sessions_of_one_person_are_one_person(stage: Stage, closing: Closing) -> None:
    closure = await closing.proposed((await stage.village())["village_id"])
    again = stage.tokens.person(closing.proposer_id, roles=("office_director",))
    answer = await closing.approve(closure, again)
    assert (answer.status, answer.code) == (409, "second_person_needed")


async def test_what_is_decided_by_the_service_cannot_be_sent(
    stage: Stage, closing: Closing
) -> None:
    village = await stage.village()
    for field, value in (
        ("state", "in_force"),
        ("ordered_by", "operator"),
        ("organisation_id", str(stage.organisation)),
        ("impact", {}),
        ("entered_by", str(uuid4())),
    ):
        body = closure_body(villages=[village["village_id"]], **{field: value})
        answer = await stage.call("POST", "/v1/closures", closing.proposer, body)
        assert (answer.status, answer.fields) == (422, {f"/{field}": "unknown"})


async def test_the_sizes_of_a_closure_are_capped(closing: Closing) -> None:
    many = [str(new_id()) for _ in range(101)]
    for body in ({"villages": many}, {"venues": many}):
        answer = await closing.order(closing.proposer, **body)
        assert "too_many" in answer.fields.values()


async def test_the_office_hears_figures_and_nobodys_name_or_id(
    stage: Stage, closing: Closing
) -> None:
    village = await stage.village()
    answer = await closing.order(closing.proposer, villages=[village["village_id"]], dry_run=True)
    impact = answer.body["impact"]
    said = {name: value for name, value in impact.items() if not isinstance(value, int)}
    assert said.keys() == {"villages", "counted_at"}


async def test_only_venues_asks_bookings_what_would_be_touched(
    stage: Stage, bookings: TestClient[web.Request, web.Application]
) -> None:
    body = {
        "village_ids": [str(new_id())],
        "from": "2026-10-01T00:00:00+08:00",
        "until": "2026-10-02T00:00:00+08:00",
    }
    for token, status in (
        (stage.tokens.service("venues"), 200),
        (stage.tokens.service("notifications"), 403),
        (stage.office, 403),
        (stage.operator, 403),
    ):
        async with bookings.post(
            "/v1/closure-impacts", json=body, headers=stage.tokens.header(token)
        ) as answer:
            assert answer.status == status


async def test_a_notice_is_its_persons_and_the_writers(
    stage: Stage, bookings: TestClient[web.Request, web.Application]
) -> None:
    path = f"/v1/closures/{new_id()}/notices/{new_id()}"
    for token, status in (
        (stage.visitor, 404),
        (stage.office, 404),
        (stage.tokens.service("notifications"), 404),
        (stage.tokens.service("venues"), 403),
    ):
        async with bookings.get(path, headers=stage.tokens.header(token)) as answer:
            assert answer.status == status


async def test_what_the_office_does_is_in_the_audit_log(stage: Stage, closing: Closing) -> None:
    closure = await closing.in_force((await stage.village())["village_id"])
    await closing.reopen(closure)
    async with acquire(stage.database) as conn:
        rows = await conn.fetch(
            "select payload::text from outbox where type = 'audit.recorded.v1' order by position"
        )
    told = [json.loads(row["payload"]) for row in rows]
    done = [entry for entry in told if entry["subject"] == closure["closure_id"]]
    assert [(entry["action"], entry["actor"]) for entry in done] == [
        ("closure.proposed", f"account:{closing.proposer_id}"),
        ("closure.approved", f"account:{closing.approver_id}"),
        ("closure.reopened", f"account:{closing.proposer_id}"),
    ]
