"""Closures are opened again part by part, and visitors see what is left of them."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.core.ids import new_id
from tests.venues.closures.closing import FROM, UNTIL, Closing, moment
from tests.venues.stage import NOW, Stage


async def test_villages_are_reopened_one_after_the_other(stage: Stage, closing: Closing) -> None:
    first, second = await stage.village(slug="first"), await stage.village(slug="second")
    closure = await closing.in_force(first["village_id"], second["village_id"])
    answer = await closing.reopen(closure, villages=[first["village_id"]])
    assert (answer.status, answer.body["state"]) == (201, "in_force")
    assert answer.body["reopenings"][0]["village_ids"] == [first["village_id"]]
    last = await closing.reopen(closure, villages=[second["village_id"]])
    assert last.body["state"] == "ended"
    told = await closing.told()
    assert [(event.type, event.version) for event in told] == [
        ("closure.ordered.v1", 1),
        ("closure.lifted.v1", 2),
        ("closure.lifted.v1", 3),
    ]
    assert [step["step"] for step in last.body["steps"]] == [
        "proposed", "approved", "reopened", "reopened",
    ]  # fmt: skip
    assert {step["done_by"] for step in last.body["steps"][2:]} == {str(closing.proposer_id)}


async def test_a_part_can_be_reopened_from_a_later_moment(stage: Stage, closing: Closing) -> None:
    closure = await closing.in_force((await stage.village())["village_id"])
    tomorrow = NOW + timedelta(days=1)
    answer = await closing.reopen(closure, **{"from": moment(tomorrow)})
    assert answer.body["state"] == "in_force"
    stage.clock.pass_days(1)
    closing.proposer = stage.tokens.person(roles=("office_approver",))
    assert (await closing.show(closure)).body["state"] == "ended"


async def test_a_closure_ends_with_its_time(stage: Stage, closing: Closing) -> None:
    closure = await closing.in_force((await stage.village())["village_id"])
    stage.clock.pass_days(4)
    closing.proposer = stage.tokens.person(roles=("office_approver",))
    assert (await closing.show(closure)).body["state"] == "ended"
    answer = await closing.reopen(closure)
    assert (answer.status, answer.code) == (409, "closure_state_conflict")
    current = await stage.call("GET", "/v1/closures/current")
    assert current.body["items"] == []


async def test_what_is_not_part_of_it_is_not_reopened(stage: Stage, closing: Closing) -> None:
    closed, other = await stage.village(slug="closed"), await stage.village(slug="other")
    closure = await closing.in_force(closed["village_id"], kinds=["stay"])
    for body in (
        {"villages": [other["village_id"]]},
        {"venues": [str(new_id())]},
        {"kinds": ["table"]},
        {"from": moment(UNTIL)},
    ):
        answer = await closing.reopen(closure, **body)
        assert (answer.status, answer.code) == (409, "nothing_to_reopen")


async def test_a_proposal_is_not_reopened(stage: Stage, closing: Closing) -> None:
    closure = await closing.proposed((await stage.village())["village_id"])
    answer = await closing.reopen(closure)
    assert (answer.status, answer.code) == (409, "closure_state_conflict")


async def test_each_reopens_what_they_closed(stage: Stage, closing: Closing) -> None:
    venue, _ = await stage.ready_venue()
    own = (await closing.order(stage.operator, venues=[venue["venue_id"]])).body["closure"]
    offices = await closing.in_force((await stage.village(slug="else"))["village_id"])
    assert (await closing.reopen(own, closing.proposer)).status == 403
    assert (await closing.reopen(own, stage.rival)).status == 404
    assert (await closing.reopen(offices, stage.operator)).status == 404
    assert (await closing.reopen(own, stage.operator)).body["state"] == "ended"


async def test_a_repeated_reopening_is_one(stage: Stage, closing: Closing) -> None:
    closure = await closing.in_force((await stage.village())["village_id"])
    path, key = f"/v1/closures/{closure['closure_id']}/reopenings", {"Idempotency_Key": "once"}
    first = await stage.call("POST", path, closing.proposer, {"kinds": ["stay"]}, **key)
    second = await stage.call("POST", path, closing.proposer, {"kinds": ["stay"]}, **key)
    assert first.body == second.body
    assert len(first.body["reopenings"]) == 1


async def test_two_who_reopen_at_once_both_do(stage: Stage, closing: Closing) -> None:
    first, second = await stage.village(slug="first"), await stage.village(slug="second")
    closure = await closing.in_force(first["village_id"], second["village_id"])
    answers = await stage.at_once(
        closing.reopen(closure, villages=[first["village_id"]]),
        closing.reopen(closure, closing.approver, villages=[second["village_id"]]),
    )
    assert [answer.status for answer in answers] == [201, 201]
    assert (await closing.show(closure)).body["state"] == "ended"
    assert [event.version for event in await closing.told()] == [1, 2, 3]


async def test_visitors_see_when_and_why_a_venue_is_closed(stage: Stage, closing: Closing) -> None:
    village = await stage.village()
    venue, _ = await stage.published_venue(village["village_id"])
    path = f"/v1/venues/{venue['venue_id']}/closed-times"
    assert (await stage.call("GET", path)).body["items"] == []
    closure = await closing.in_force(village["village_id"], kinds=["session", "stay"])
    [shown] = (await stage.call("GET", path)).body["items"]
    assert shown["kinds"] == ["session", "stay"]
    assert shown["reason"] == {"zh": "台风将至", "en": "A typhoon is coming"}
    [current] = (await stage.call("GET", "/v1/closures/current")).body["items"]
    assert current["closure_id"] == closure["closure_id"]
    assert not {"entered_by", "impact", "steps"} & current.keys()
    found = (await stage.call("GET", "/v1/venues")).body["items"]
    assert [one["closed"] for one in found] == [[shown]]
    here = await stage.call("GET", f"/v1/closures/current?venue={venue['venue_id']}")
    assert here.body == {"items": [current], "next": None}
    await closing.reopen(closure, kinds=["session"])
    [shown] = (await stage.call("GET", path)).body["items"]
    assert shown["kinds"] == ["stay"]


async def test_a_draft_shows_its_closures_to_nobody(stage: Stage) -> None:
    venue = await stage.venue()
    answer = await stage.call("GET", f"/v1/venues/{venue['venue_id']}/closed-times")
    missing = await stage.call("GET", f"/v1/venues/{new_id()}/closed-times")
    assert (answer.status, answer.code) == (missing.status, missing.code) == (404, "not_found")


async def test_closures_are_found_by_what_they_touch(stage: Stage, closing: Closing) -> None:
    first, second = await stage.village(slug="first"), await stage.village(slug="second")
    venue = await stage.venue(second["village_id"])
    by_village = await closing.in_force(first["village_id"])
    answer = await closing.order(stage.operator, venues=[venue["venue_id"]])
    by_venue = answer.body["closure"]
    proposal = await closing.proposed(first["village_id"], second["village_id"])
    ids = [one["closure_id"] for one in (proposal, by_venue, by_village)]
    assert await closing.listed() == ids
    assert await closing.listed(query="?state=in_force") == ids[1:]
    assert await closing.listed(query=f"?village={second['village_id']}") == ids[:2]
    later = moment(UNTIL + timedelta(hours=1)).replace("+", "%2B")
    assert await closing.listed(query=f"?from={later}") == []
    earlier = moment(FROM - timedelta(hours=1)).replace("+", "%2B")
    assert await closing.listed(query=f"?until={earlier}") == []
    assert await closing.listed(stage.operator) == [ids[1]]
    assert await closing.listed(stage.rival) == []
    page = await stage.call("GET", "/v1/closures?limit=1", closing.proposer)
    following = f"/v1/closures?limit=5&cursor={page.body['next']}"
    rest = await stage.call("GET", following, closing.proposer)
    assert [one["closure_id"] for one in page.body["items"] + rest.body["items"]] == ids


@pytest.mark.timeout(120)
async def test_whatever_is_reopened_the_state_follows_its_parts(
    stage: Stage, closing: Closing
) -> None:
    """Random stages of reopening two villages' four kinds, against a count of what is left."""
    villages = [(await stage.village(slug=slug))["village_id"] for slug in ("first", "second")]
    kinds = ["stay", "table", "session", "entry"]
    stages = st.lists(
        st.tuples(st.sets(st.sampled_from(villages)), st.sets(st.sampled_from(kinds))),
        max_size=6,
    )

    async def play(steps: list[tuple[set[str], set[str]]]) -> None:
        closure = await closing.in_force(*villages)
        left = {(village, kind) for village in villages for kind in kinds}
        for named, some in steps:
            answer = await closing.reopen(closure, villages=sorted(named), kinds=sorted(some))
            if not left:
                assert answer.code == "closure_state_conflict"
                continue
            left -= {(village, kind) for village in named or villages for kind in some or kinds}
            assert answer.body["state"] == ("in_force" if left else "ended")

    examples: list[list[tuple[set[str], set[str]]]] = []

    @settings(
        max_examples=12,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(stages)
    def collect(steps: list[tuple[set[str], set[str]]]) -> None:
        examples.append(steps)

    collect()
    for steps in examples:
        await play(steps)
