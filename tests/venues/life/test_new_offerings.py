"""Offerings that are added to an approved venue: they wait for the office, or are told to it."""

import asyncpg
import pytest

from shared.db import transaction
from tests.venues.life.listings import DEARER, NEW, added, approved, listed
from tests.venues.stage import (
    Json,
    Stage,
    assert_gapless,
    both,
    price,
    session_body,
)

DERIVED = {
    "offering_id",
    "venue_id",
    "village_id",
    "organisation_id",
    "price_from_fen",
    "on_sale",
    "held_back",
    "version",
}


async def test_a_new_offering_waits_as_a_whole_and_is_off_sale(stage: Stage) -> None:
    listing = await listed(stage)
    path = f"{listing.path}/offerings"
    created = await stage.good("POST", path, stage.operator, NEW)
    assert (created["on_sale"], created["held_back"]) == (False, True)
    waiting = created["pending_change"]
    shown = await stage.good("GET", f"/v1/offerings/{created['offering_id']}", stage.operator)
    whole = {name: value for name, value in shown.items() if name not in DERIVED}
    assert (waiting["changes"], waiting["base"]) == (whole, {})
    assert waiting["significance"] == [{"field": "on_sale", "why": "new_offering"}]
    assert await listing.proposals("pending") == [waiting]
    assert await listing.proposals("pending", stage.operator) == [waiting]
    assert await stage.told_types() == []
    entry, *_ = await listing.history()
    assert (entry["what"], entry["proposal_id"]) == ("offering_added", waiting["proposal_id"])


async def test_what_waits_is_scheduled_and_edited_before_anybody_hears_of_it(stage: Stage) -> None:
    listing = await added(stage)
    assert len(await stage.slots(listing.offering, "2026-09-11", "2026-09-30")) == 6
    changed = await listing.change({"name": both("竹艺", "Bamboo"), "duration_minutes": 60})
    assert (changed["name"], changed["duration_minutes"]) == (both("竹艺", "Bamboo"), 60)
    assert await stage.told_types() == []


async def test_an_approved_offering_is_on_sale_with_its_slots(stage: Stage) -> None:
    listing = await added(stage)
    answer = await approved(listing)
    assert (answer.status, answer.body["state"]) == (200, "approved")
    now = await listing.workshop()
    assert (now["on_sale"], now["held_back"]) == (True, False)
    assert await stage.told_types() == ["offering.published", *["slot.published"] * 6]
    assert [one["slug"] for one in (await stage.good("GET", listing.path))["offerings"]] == [
        "pottery",
        "coopering",
    ]
    found = await stage.good("GET", "/v1/venues?q=箍桶")
    assert [one["venue_id"] for one in found["items"]] == [listing.venue["venue_id"]]
    [latest, *_] = await listing.history()
    assert (latest["what"], latest["role"]) == ("change_approved", "office")


async def test_an_approved_offering_is_changed_like_any_other_one(stage: Stage) -> None:
    listing = await added(stage)
    await approved(listing)
    waiting = await listing.wait({"prices": DEARER})
    assert waiting["changes"] == {"prices": DEARER}
    assert (await listing.workshop())["prices"] == NEW["prices"]


async def test_a_rejected_offering_is_mended_and_submitted_again(stage: Stage) -> None:
    listing = await added(stage)
    rejected = await listing.decide(listing.offering["pending_change"], "rejections")
    assert (rejected.body["state"], rejected.body["reason"]) == ("rejected", "价格太高")
    cheaper = [price("adult", 100), price("child", 100)]
    changed = await listing.change({"prices": cheaper})
    assert (changed["prices"], changed["pending_change"]) == (cheaper, None)
    assert (changed["on_sale"], changed["held_back"]) == (False, True)
    assert await listing.proposals("pending") == []

    answer = await stage.call("POST", f"{listing.offering_path}/submissions", stage.operator)
    assert answer.status == 200
    assert answer.headers["ETag"] == f'"{(await listing.workshop())["version"]}"'
    assert await listing.proposals("pending") == [answer.body["pending_change"]]
    assert answer.body["pending_change"]["changes"]["prices"] == cheaper
    assert await stage.told_types() == []
    assert (await approved(listing)).status == 200
    assert (await listing.workshop())["on_sale"]
    steps = [one["what"] for one in await listing.history()][:5]
    assert steps == [
        "change_approved",
        "change_proposed",
        "offering_changed",
        "change_rejected",
        "schedule_set",
    ]


async def test_a_withdrawn_offering_stays_a_draft(stage: Stage) -> None:
    listing = await added(stage)
    waiting = listing.offering["pending_change"]
    withdrawn = await listing.decide(waiting, "withdrawals", stage.operator)
    assert (withdrawn.status, withdrawn.body["state"]) == (200, "withdrawn")
    assert (await listing.workshop())["held_back"]
    assert (await listing.decide(waiting, "approvals")).code == "proposal_decided"


async def test_only_what_is_held_back_and_waits_not_yet_is_submitted(stage: Stage) -> None:
    listing = await added(stage)
    submissions = f"{listing.offering_path}/submissions"
    waits = await stage.call("POST", submissions, stage.operator)
    assert (waits.status, waits.code) == (409, "nothing_to_submit")
    await listing.decide(listing.offering["pending_change"], "rejections")
    stale = await stage.call("POST", submissions, stage.operator, If_Match='"1"')
    assert (stale.status, stale.code) == (412, "precondition_failed")
    other = await stage.venue(slug="other")
    elsewhere = submissions.replace(listing.venue["venue_id"], other["venue_id"])
    assert (await stage.call("POST", elsewhere, stage.operator)).status == 404
    answers = await stage.at_once(
        *(stage.call("POST", submissions, stage.operator) for _ in range(3))
    )
    assert sorted(answer.status for answer in answers) == [200, 409, 409]
    await approved(listing)
    on_sale = await stage.call("POST", submissions, stage.operator)
    assert (on_sale.status, on_sale.code) == (409, "nothing_to_submit")


async def test_an_edit_of_what_waits_asks_for_it_anew(stage: Stage) -> None:
    listing = await added(stage)
    read = listing.offering["pending_change"]
    waiting = await listing.wait({"prices": DEARER})
    assert waiting["changes"] == {**read["changes"], "prices": DEARER}
    assert await listing.proposals("pending") == [waiting]
    for step in ("approvals", "rejections"):
        answer = await listing.decide(read, step)
        assert (answer.status, answer.code) == (409, "proposal_outdated")
    assert not (await listing.workshop())["on_sale"]
    assert (await listing.decide(waiting, "approvals")).status == 200
    assert (await listing.workshop())["prices"] == DEARER


async def test_sending_back_what_waits_asks_for_nothing_new(stage: Stage) -> None:
    listing = await added(stage)
    before = await listing.workshop()
    again = await listing.change({"prices": list(reversed(NEW["prices"])), "name": NEW["name"]})
    assert again["pending_change"] == listing.offering["pending_change"]
    assert again["version"] == before["version"]


async def test_two_approvers_at_once_put_it_on_sale_once(stage: Stage) -> None:
    listing = await added(stage)
    waiting = listing.offering["pending_change"]
    answers = await stage.at_once(*(listing.decide(waiting, "approvals") for _ in range(3)))
    assert sorted(answer.status for answer in answers) == [200, 409, 409]
    assert await stage.told_types() == ["offering.published", *["slot.published"] * 6]
    assert_gapless(await stage.told())


async def test_of_an_edit_and_an_approval_at_once_nothing_unread_goes_on_sale(
    stage: Stage,
) -> None:
    listing = await added(stage)
    waiting = listing.offering["pending_change"]
    tag = f'"{(await listing.workshop())["version"]}"'
    edited, decided = await stage.at_once(
        stage.call(
            "PATCH", listing.offering_path, stage.operator, {"prices": DEARER}, If_Match=tag
        ),
        listing.decide(waiting, "approvals"),
    )
    now = await listing.workshop()
    assert (edited.status, decided.status) in {(200, 409), (412, 200)}
    assert now["on_sale"] == (decided.status == 200)
    assert (now["prices"] == DEARER) == (edited.status == 200)


async def test_an_approval_looks_again_whoever_changed_what_waits(stage: Stage) -> None:
    listing = await added(stage)
    async with transaction(stage.database) as conn:
        await conn.execute(
            "update offerings set duration_minutes = 5 where offering_id = $1",
            listing.offering["offering_id"],
        )
    answer = await approved(listing)
    assert (answer.status, answer.code) == (409, "proposal_outdated")
    assert not (await listing.workshop())["on_sale"]


async def test_where_the_district_says_so_it_is_on_sale_at_once_and_the_office_is_told(
    stage: Stage,
) -> None:
    listing = await listed(stage)
    district = await listing.district()
    await stage.good("PATCH", district, stage.office, {"significant_changes": "at_once"})
    await stage.forget_events()
    created = await stage.good("POST", f"{listing.path}/offerings", stage.operator, NEW)
    assert (created["on_sale"], created["held_back"], created["pending_change"]) == (
        True,
        False,
        None,
    )
    assert await stage.told_types() == ["offering.published"]
    [notice] = await listing.proposals("applied")
    assert (notice["offering_id"], notice["base"]) == (created["offering_id"], {})
    assert (await listing.decide(notice, "approvals")).code == "proposal_decided"


async def test_what_waited_when_the_district_changed_its_mind_is_submitted_and_on_sale(
    stage: Stage,
) -> None:
    listing = await added(stage)
    await listing.decide(listing.offering["pending_change"], "rejections")
    district = await listing.district()
    await stage.good("PATCH", district, stage.office, {"significant_changes": "at_once"})
    path = f"{listing.offering_path}/submissions"
    assert (await stage.good("POST", path, stage.operator))["on_sale"]
    latest, *_ = await listing.history()
    assert latest["what"] == "change_proposed"


async def test_what_is_added_while_a_venue_is_submitted_is_approved_with_it(stage: Stage) -> None:
    venue, _ = await stage.submitted_venue()
    offering = await stage.offering(venue, NEW)
    assert not offering["held_back"]
    path = f"/v1/venues/{venue['venue_id']}"
    unread = await stage.call(
        "POST", f"{path}/approvals", stage.office, If_Match=f'"{venue["version"]}"'
    )
    assert (unread.status, unread.code) == (412, "precondition_failed")
    approved_venue = await stage.move(venue, "approvals", stage.office)
    assert [one["on_sale"] for one in approved_venue["offerings"]] == [True, True]


async def test_what_is_added_while_a_venue_is_paused_waits_for_approval_and_resumption(
    stage: Stage,
) -> None:
    listing = await listed(stage)
    await stage.move(listing.venue, "pauses")
    offering = await stage.good("POST", f"{listing.path}/offerings", stage.operator, NEW)
    assert offering["held_back"]
    assert (await approved(listing)).status == 200
    path = f"/v1/offerings/{offering['offering_id']}"
    shown = await stage.good("GET", path, stage.operator)
    assert (shown["held_back"], shown["on_sale"]) == (False, False)
    await stage.move(listing.venue, "resumptions")
    assert (await stage.good("GET", path))["on_sale"]


async def test_an_archived_venue_takes_back_what_waits_and_it_is_asked_for_by_itself_again(
    stage: Stage,
) -> None:
    listing = await added(stage)
    await stage.move(listing.venue, "archivals")
    assert (await listing.proposals("withdrawn"))[0]["offering_id"]
    await stage.move(listing.venue, "restorations")
    submissions = f"{listing.offering_path}/submissions"
    draft = await stage.call("POST", submissions, stage.operator)
    assert (draft.code, draft.body["state"]) == ("venue_state_conflict", "draft")
    await stage.move(listing.venue, "submissions")
    await stage.move(listing.venue, "approvals", stage.office)
    assert not (await listing.workshop())["on_sale"]
    await stage.good("POST", submissions, stage.operator)
    assert (await approved(listing)).status == 200
    assert (await listing.workshop())["on_sale"]


async def test_the_same_key_asks_for_a_new_offering_once(stage: Stage) -> None:
    listing = await listed(stage)
    path = f"{listing.path}/offerings"
    first, again = [
        await stage.call("POST", path, stage.operator, NEW, Idempotency_Key="o1") for _ in range(2)
    ]
    assert (first.status, again.status, again.body) == (201, 201, first.body)
    assert await listing.proposals("pending") == [first.body["pending_change"]]


REFUSED: list[tuple[str, Json]] = [
    ("slug_taken", session_body()),
    ("invalid_request", session_body(slug="new", prices=[price("pitch", 1)])),
]


@pytest.mark.parametrize(("code", "body"), REFUSED, ids=["slug", "price"])
async def test_what_is_refused_is_not_asked_for(stage: Stage, code: str, body: Json) -> None:
    listing = await listed(stage)
    answer = await stage.call("POST", f"{listing.path}/offerings", stage.operator, body)
    assert answer.code == code
    assert await listing.proposals("pending") == []


async def test_the_database_publishes_nothing_that_is_held_back(stage: Stage) -> None:
    await added(stage)
    with pytest.raises(asyncpg.CheckViolationError) as refused:
        async with transaction(stage.database) as conn:
            await conn.execute("update offerings set published = true, event_version = 1")
    assert refused.value.constraint_name == "offerings_held_back_are_off_sale"
