"""Changes of what is on sale that matter: kept, decided by the office, and then live or not."""

from typing import Any

import asyncpg
import pytest

from shared.core.ids import new_id
from shared.db import transaction
from tests.venues.life.listings import DEARER, THERE, listed
from tests.venues.stage import (
    Stage,
    assert_gapless,
    both,
    option,
    price,
    stay_body,
)


async def test_a_dearer_price_waits_while_the_rest_goes_live_at_once(stage: Stage) -> None:
    listing = await listed(stage)
    name = both("拉坯体验课", "Pottery for beginners")
    changed = await listing.change({"prices": DEARER, "name": name})

    assert (changed["name"], changed["prices"]) == (name, listing.offering["prices"])
    waiting = changed["pending_change"]
    assert waiting["changes"] == {"prices": DEARER}
    assert waiting["base"] == {"prices": listing.offering["prices"]}
    assert waiting["significance"] == [{"field": "prices", "why": "price_raised"}]
    assert await listing.proposals("pending") == [waiting]
    assert await listing.proposals("pending", stage.operator) == [waiting]
    assert await stage.told_types() == ["offering.published"]


async def test_an_approved_change_goes_live_and_is_told(stage: Stage) -> None:
    listing = await listed(stage)
    waiting = await listing.wait({"prices": DEARER})
    answer = await listing.decide(waiting, "approvals")
    assert (answer.status, answer.body["state"]) == (200, "approved")
    assert (await listing.workshop())["prices"] == DEARER
    told = [event for event in await stage.told() if event.topic == "venues.offering"]
    assert [event.data["prices"] for event in told] == [DEARER]
    assert [one["state"] for one in await listing.proposals("approved")] == ["approved"]
    assert (await listing.change({}))["pending_change"] is None


async def test_a_rejected_or_withdrawn_change_leaves_the_listing_as_it_is(stage: Stage) -> None:
    listing = await listed(stage)
    rejected = await listing.decide(await listing.wait({"prices": DEARER}), "rejections")
    assert (rejected.body["state"], rejected.body["reason"]) == ("rejected", "价格太高")
    waiting = await listing.wait({"address": THERE}, of_venue=True)
    withdrawn = await listing.decide(waiting, "withdrawals", stage.operator)
    assert (withdrawn.status, withdrawn.body["state"]) == (200, "withdrawn")
    assert (await listing.now())["address"] == listing.venue["address"]
    assert (await listing.workshop())["prices"] == listing.offering["prices"]
    assert await stage.told_types() == []


async def test_a_paused_listing_waits_too_and_a_draft_does_not(stage: Stage) -> None:
    listing = await listed(stage)
    await stage.move(listing.venue, "pauses")
    waiting = await listing.wait({"day_capacity": 61}, of_venue=True)
    assert waiting["significance"] == [{"field": "day_capacity", "why": "more_visitors"}]
    draft = await stage.venue(slug="draft")
    path = f"/v1/venues/{draft['venue_id']}"
    body = {"address": THERE, "day_capacity": 4000}
    changed = await stage.good("PATCH", path, stage.operator, body)
    assert (changed["pending_change"], changed["address"]) == (None, THERE)


async def test_fields_that_only_fit_together_wait_together(stage: Stage) -> None:
    listing = await listed(stage)
    free = [price("adult", 0), price("child", 0)]
    assert (await listing.change({"prices": free, "payment": "free"}))["pending_change"] is None
    # Later than free is not later than on site; but what is paid online can't be free.
    waiting = await listing.wait({"prices": DEARER, "payment": "on_site", "terms": {}})
    assert set(waiting["changes"]) == {"prices", "payment"}
    assert (await listing.decide(waiting, "approvals")).status == 200
    after = await listing.workshop()
    assert (after["prices"], after["payment"]) == (DEARER, "on_site")


async def test_what_only_gets_better_does_not_wait_for_what_gets_worse(stage: Stage) -> None:
    listing = await listed(stage)
    free = [price("adult", 0), price("child", 0)]
    waiting = await listing.wait({"prices": free, "payment": "free", "terms": {"party_least": 2}})
    assert set(waiting["changes"]) == {"terms"}
    assert (await listing.workshop())["payment"] == "free"


async def test_what_waits_already_is_taken_into_a_later_proposal(stage: Stage) -> None:
    listing = await listed(stage)
    first = await listing.wait({"prices": DEARER})
    second = await listing.wait({"terms": {"party_least": 2}})
    assert set(second["changes"]) == {"prices", "terms"}
    assert [one["why"] for one in second["significance"]] == ["price_raised", "party_restricted"]
    outdated = await listing.decide(first, "approvals")
    assert (outdated.status, outdated.code) == (409, "proposal_outdated")
    assert (await listing.decide(second, "approvals")).status == 200
    after = await listing.workshop()
    assert (after["prices"], after["terms"]["party_least"]) == (DEARER, 2)


async def test_a_proposal_whose_fields_are_changed_otherwise_is_outdated(stage: Stage) -> None:
    listing = await listed(stage)
    waiting = await listing.wait({"prices": DEARER})
    cheaper = [price("adult", 100), price("child", 100)]
    assert (await listing.change({"prices": cheaper}))["pending_change"] is None
    for step in ("approvals", "rejections"):
        answer = await listing.decide(waiting, step)
        assert (answer.status, answer.code) == (409, "proposal_outdated")
    assert (await listing.workshop())["prices"] == cheaper


async def test_an_approval_looks_again_whoever_changed_the_fields(stage: Stage) -> None:
    listing = await listed(stage)
    waiting = await listing.wait({"day_capacity": 70}, of_venue=True)
    async with transaction(stage.database) as conn:
        await conn.execute("update venues set day_capacity = 65")
    answer = await listing.decide(waiting, "approvals")
    assert (answer.status, answer.code) == (409, "proposal_outdated")
    assert (await listing.now())["day_capacity"] == 65
    assert (await listing.decide(waiting, "rejections")).status == 200


async def test_sending_back_what_is_so_changes_nothing(stage: Stage) -> None:
    listing = await listed(stage)
    waiting = await listing.wait({"prices": DEARER})
    before = await listing.workshop()
    same = {"prices": list(reversed(before["prices"])), "name": before["name"]}
    after = await listing.change(same)
    assert (after["pending_change"], after["version"]) == (waiting, before["version"])


async def test_what_was_decided_is_not_decided_again(stage: Stage) -> None:
    listing = await listed(stage)
    waiting = await listing.wait({"prices": DEARER})
    await listing.decide(waiting, "rejections")
    for step, token in (("approvals", None), ("rejections", None), ("withdrawals", stage.operator)):
        answer = await listing.decide(waiting, step, token)
        assert (answer.status, answer.code) == (409, "proposal_decided")
        assert answer.body["state"] == "rejected"


async def test_an_approval_and_a_withdrawal_at_once_have_one_winner(stage: Stage) -> None:
    listing = await listed(stage)
    waiting = await listing.wait({"prices": DEARER})
    answers = await stage.at_once(
        listing.decide(waiting, "approvals"),
        listing.decide(waiting, "withdrawals", stage.operator),
        listing.decide(waiting, "rejections"),
    )
    assert sorted(answer.status for answer in answers) == [200, 409, 409]
    [won] = [answer for answer in answers if answer.status == 200]
    dearer = (await listing.workshop())["prices"] == DEARER
    assert dearer == (won.body["state"] == "approved")
    assert_gapless(await stage.told(), first=2)


async def test_an_editor_who_has_not_seen_the_proposal_does_not_replace_it(stage: Stage) -> None:
    listing = await listed(stage)
    read = f'"{(await listing.workshop())["version"]}"'
    waiting = await listing.wait({"prices": DEARER})
    body = {"prices": [price("adult", 99000)]}
    answer = await stage.call("PATCH", listing.offering_path, stage.operator, body, If_Match=read)
    assert (answer.status, answer.code) == (412, "precondition_failed")
    assert await listing.proposals("pending") == [waiting]


async def test_where_the_district_says_so_it_goes_live_at_once_and_the_office_is_told(
    stage: Stage,
) -> None:
    listing = await listed(stage)
    district = await listing.district()
    setting = {"significant_changes": "at_once"}
    changed = await stage.good("PATCH", district, stage.office, setting)
    assert changed["significant_changes"] == "at_once"
    after = await listing.change({"address": THERE, "slug": "kiln"}, of_venue=True)
    assert (after["address"], after["pending_change"]) == (THERE, None)
    [notice] = await listing.proposals("applied")
    assert notice["base"]["address"] == listing.venue["address"]
    assert notice["significance"] == [{"field": "address", "why": "address_changed"}]
    assert (await listing.decide(notice, "approvals")).code == "proposal_decided"


async def test_a_district_is_changed_by_who_has_read_it_and_tells_its_villages(
    stage: Stage,
) -> None:
    listing = await listed(stage)
    path = await listing.district()
    read = await stage.call("GET", path, stage.office)
    assert read.body["significant_changes"] == "after_approval"
    tag = read.headers["ETag"]
    answers = await stage.at_once(
        *(
            stage.call("PATCH", path, stage.office, {"day_capacity": n}, If_Match=tag)
            for n in (5000, 6000)
        )
    )
    assert sorted(answer.status for answer in answers) == [200, 412]
    told = [event for event in await stage.told() if event.topic == "venues.village"]
    [won] = [answer.body["day_capacity"] for answer in answers if answer.status == 200]
    assert [event.data["district_day_capacity"] for event in told] == [won]
    missing = await stage.call("PATCH", path, stage.office, {"day_capacity": 1}, If_Match=None)
    assert (missing.status, missing.code) == (428, "precondition_required")
    nowhere = f"/v1/districts/{new_id()}"
    assert (await stage.call("GET", nowhere, stage.office)).status == 404
    assert (await stage.call("PATCH", nowhere, stage.office, {})).status == 404
    wrong = await stage.call("PATCH", path, stage.office, {"significant_changes": "never"})
    assert wrong.fields == {"/significant_changes": "not_one_of"}


async def test_a_rejection_of_a_change_needs_a_reason(stage: Stage) -> None:
    listing = await listed(stage)
    waiting = await listing.wait({"prices": DEARER})
    answer = await listing.decide(waiting, "rejections", body={"reason": " "})
    assert (answer.status, set(answer.fields)) == (422, {"/reason"})


async def test_an_archived_venue_has_nothing_that_waits(stage: Stage) -> None:
    listing = await listed(stage)
    waiting = await listing.wait({"prices": DEARER})
    await stage.move(listing.venue, "archivals")
    answer = await listing.decide(waiting, "approvals")
    assert (answer.code, answer.body["state"]) == ("proposal_decided", "withdrawn")


async def test_what_waits_has_to_fit_what_is_added_to_it_and_what_goes_live(stage: Stage) -> None:
    listing = await listed(stage)
    both_sorts = [option("forest", 4, 4), option("lakeside", 3, 4)]
    camp = await stage.offering(listing.venue, stay_body(terms={"options": both_sorts}))
    path = f"{listing.path}/offerings/{camp['offering_id']}"
    dearer = [price("pitch", 20000), price("pitch", 21000, option="lakeside")]
    waiting = (await stage.good("PATCH", path, stage.operator, {"prices": dearer}))[
        "pending_change"
    ]
    terms = {"options": both_sorts[:1]}
    stricter = {"terms": {**terms, "nights_least": 2}}
    answer = await stage.call("PATCH", path, stage.operator, stricter)
    assert (answer.status, answer.fields) == (422, {"/prices/1/option": "unknown_option"})
    assert await listing.proposals("pending") == [waiting]

    changed = await stage.good("PATCH", path, stage.operator, {"terms": terms})
    assert (len(changed["terms"]["options"]), changed["pending_change"]) == (1, None)
    assert (await listing.decide(waiting, "approvals")).code == "proposal_outdated"


NO_REWRITES: list[tuple[str, Any]] = [
    ('update change_proposals set changes = \'{"slug": "x"}\'', "are_decided_once"),
    ("update change_proposals set proposed_by = uuidv7()", "are_decided_once"),
    ("delete from change_proposals", "are_never_deleted"),
]


@pytest.mark.parametrize(
    ("statement", "rule"), NO_REWRITES, ids=["another change", "another author", "deleted"]
)
async def test_the_database_keeps_what_was_proposed(
    stage: Stage, statement: str, rule: str
) -> None:
    listing = await listed(stage)
    await listing.wait({"prices": DEARER})
    with pytest.raises(asyncpg.CheckViolationError) as refused:
        async with transaction(stage.database) as conn:
            await conn.execute(statement)
    assert refused.value.constraint_name == f"change_proposals_{rule}"
