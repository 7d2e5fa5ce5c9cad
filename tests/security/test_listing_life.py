"""Whose a listing's life is: what waits and what was is for its people and the office alone."""

import asyncio

import pytest

from shared.core.ids import new_id
from tests.venues.life.listings import DEARER, listed
from tests.venues.photo_stage import announced
from tests.venues.stage import Json, Stage
from tests.venues.test_access import bare


def operators_calls(venue: Json, proposal: Json) -> list[tuple[str, str, object]]:
    path = f"/v1/venues/{venue['venue_id']}"
    return [
        ("POST", f"{path}/archivals", None),
        ("POST", f"{path}/restorations", None),
        ("POST", f"/v1/change-proposals/{proposal['proposal_id']}/withdrawals", None),
    ]


def office_calls(proposal: Json, district: str) -> list[tuple[str, str, object]]:
    path = f"/v1/change-proposals/{proposal['proposal_id']}"
    return [
        ("POST", f"{path}/approvals", None),
        ("POST", f"{path}/rejections", {"reason": "-"}),
        ("PATCH", district, {"significant_changes": "at_once"}),
    ]


def readers_calls(venue: Json) -> list[tuple[str, str, object]]:
    return [
        ("GET", f"/v1/venues/{venue['venue_id']}/history", None),
        ("GET", "/v1/change-proposals", None),
    ]


async def test_nobody_takes_part_in_a_listings_life_without_being_signed_in(stage: Stage) -> None:
    listing = await listed(stage)
    waiting = await listing.wait({"prices": DEARER})
    district = await listing.district()
    for method, path, body in [
        *operators_calls(listing.venue, waiting),
        *office_calls(waiting, district),
        *readers_calls(listing.venue),
        ("GET", district, None),
    ]:
        for token, status in ((None, 401), (stage.visitor, 403)):
            answer = await stage.call(method, path, token, body)
            assert answer.status == status, (method, path)
    assert await listing.proposals("pending") == [waiting]


async def test_operators_decide_none_of_their_changes_and_the_office_archives_nothing(
    stage: Stage,
) -> None:
    listing = await listed(stage)
    waiting = await listing.wait({"prices": DEARER})
    for method, path, body in office_calls(waiting, await listing.district()):
        assert (await stage.call(method, path, stage.operator, body)).status == 403, path
    for method, path, body in operators_calls(listing.venue, waiting):
        assert (await stage.call(method, path, stage.office, body)).status == 403, path
    assert (await listing.workshop())["prices"] == listing.offering["prices"]


async def test_anothers_listing_and_what_waits_answer_as_if_they_did_not_exist(
    stage: Stage,
) -> None:
    listing = await listed(stage)
    waiting = await listing.wait({"prices": DEARER})
    reads = [("GET", f"{listing.path}/history", None)]
    for method, path, body in [*operators_calls(listing.venue, waiting), *reads]:
        missing = path.replace(listing.venue["venue_id"], str(new_id())).replace(
            waiting["proposal_id"], str(new_id())
        )
        theirs = await stage.call(method, path, stage.rival, body)
        nobodys = await stage.call(method, missing, stage.rival, body)
        assert theirs.status == 404, path
        assert bare(theirs) == bare(nobodys)
    assert await listing.proposals("pending", stage.rival) == []
    path = f"/v1/change-proposals?venue={listing.venue['venue_id']}"
    assert (await stage.good("GET", path, stage.rival))["items"] == []


async def test_visitors_are_shown_nothing_of_what_waits(stage: Stage) -> None:
    listing = await listed(stage)
    await listing.wait({"prices": DEARER})
    for token in (None, stage.visitor, stage.rival):
        shown = await stage.good("GET", listing.path, token)
        assert "pending_change" not in shown
        assert "15800" not in str(shown)


@pytest.mark.parametrize("what", ["venue", "offering", "village", "district", "schedule"])
async def test_nobody_overwrites_what_they_have_not_read(stage: Stage, what: str) -> None:
    listing = await listed(stage)
    village = f"/v1/villages/{listing.venue['village']['village_id']}"
    schedule = f"/v1/offerings/{listing.offering['offering_id']}/schedule"
    body: Json = {"day_capacity": 50}
    if what == "schedule":
        read = await stage.good("GET", schedule, stage.operator)
        left_out = {"offering_id", "slots", "slots_until", "waits_for_year", "version"}
        body = {name: value for name, value in read.items() if name not in left_out}
    method, path, token, body = {
        "venue": ("PATCH", listing.path, stage.operator, body),
        "offering": ("PATCH", listing.offering_path, stage.operator, {"slug": "new"}),
        "village": ("PATCH", village, stage.office, body),
        "district": ("PATCH", await listing.district(), stage.office, body),
        "schedule": ("PUT", schedule, stage.operator, body),
    }[what]
    unread = await stage.call(method, path, token, body, If_Match=None)
    assert (unread.status, unread.code) == (428, "precondition_required")
    stale = await stage.call(method, path, token, body, If_Match='"0"')
    assert (stale.status, stale.code) == (412, "precondition_failed")
    whatever = await stage.call(method, path, token, body, If_Match="*")
    assert whatever.status == 200, whatever.body


@pytest.mark.parametrize("what", ["approval", "photo", "order", "deletion"])
async def test_nobody_decides_or_takes_away_what_they_have_not_read(
    stage: Stage, what: str
) -> None:
    venue, _ = await stage.submitted_venue()
    path = f"/v1/venues/{venue['venue_id']}"
    photo = (await announced(stage, venue))["photo_id"]
    method, path, token, body = {
        "approval": ("POST", f"{path}/approvals", stage.office, None),
        "photo": ("PATCH", f"/v1/photos/{photo}", stage.operator, {"credit": "A"}),
        "order": ("PUT", f"{path}/photos/order", stage.operator, {"photo_ids": [photo]}),
        "deletion": ("DELETE", f"/v1/photos/{photo}", stage.operator, None),
    }[what]
    unread = await stage.call(method, path, token, body, If_Match=None)
    assert (unread.status, unread.code) == (428, "precondition_required")
    stale = await stage.call(method, path, token, body, If_Match='"0"')
    assert (stale.status, stale.code) == (412, "precondition_failed")
    assert (await stage.call(method, path, token, body, If_Match="*")).status in {200, 204}


async def test_a_schedule_that_is_not_there_yet_is_set_without_having_read_one(
    stage: Stage,
) -> None:
    offering = await stage.offering(await stage.venue())
    path = f"/v1/offerings/{offering['offering_id']}/schedule"
    body = {
        "weekdays": [6],
        "times": ["14:00"],
        "from": "2026-09-11",
        "until": "2026-09-30",
        "capacity": 12,
    }
    absent = await stage.call("PUT", path, stage.operator, body, If_Match="*")
    assert (absent.status, absent.code) == (412, "precondition_failed")
    answers = await stage.at_once(
        *(stage.call("PUT", path, stage.operator, body, If_Match=None) for _ in range(3))
    )
    assert sorted(answer.status for answer in answers) == [200, 428, 428]


@pytest.mark.parametrize("of_venue", [True, False], ids=["venue", "offering"])
async def test_of_two_editors_at_once_exactly_one_wins(stage: Stage, *, of_venue: bool) -> None:
    listing = await listed(stage)
    path = listing.path if of_venue else listing.offering_path
    read = await (listing.now() if of_venue else listing.workshop())
    tag = f'"{read["version"]}"'
    names = [{"zh": f"名字{n}", "en": f"Name {n}"} for n in range(4)]
    answers = await stage.at_once(
        *(stage.call("PATCH", path, stage.operator, {"name": n}, If_Match=tag) for n in names)
    )
    assert sorted(answer.status for answer in answers) == [200, 412, 412, 412]
    [won] = [answer.body["name"] for answer in answers if answer.status == 200]
    now = await (listing.now() if of_venue else listing.workshop())
    assert now["name"] == won
    what = "venue_changed" if of_venue else "offering_changed"
    assert [one["what"] for one in await listing.history()].count(what) == 1


async def test_two_editors_who_both_make_it_dearer_leave_one_proposal(stage: Stage) -> None:
    listing = await listed(stage)
    tag = f'"{(await listing.workshop())["version"]}"'
    path = listing.offering_path
    answers = await asyncio.gather(
        *(
            stage.call(
                "PATCH",
                path,
                stage.operator,
                {"prices": [{"ticket_type": "adult", "fen": fen}]},
                If_Match=tag,
            )
            for fen in (20000, 30000)
        )
    )
    assert sorted(answer.status for answer in answers) == [200, 412]
    [won] = [answer.body["pending_change"] for answer in answers if answer.status == 200]
    assert await listing.proposals("pending") == [won]
    assert await listing.proposals("outdated") == []


@pytest.mark.parametrize("extra", ["state", "organisation_id", "venue_id", "edit_version"])
async def test_what_is_not_an_operators_to_set_is_refused(stage: Stage, extra: str) -> None:
    listing = await listed(stage)
    for path in (listing.path, listing.offering_path):
        answer = await stage.call("PATCH", path, stage.operator, {extra: "published"})
        assert (answer.status, answer.fields) == (422, {f"/{extra}": "unknown"})


async def test_the_office_decides_what_it_has_read_and_nothing_newer(stage: Stage) -> None:
    listing = await listed(stage)
    read = await listing.wait({"prices": DEARER})
    dearest = [{"ticket_type": "adult", "fen": 99000}]
    await listing.wait({"prices": dearest})
    answer = await listing.decide(read, "approvals")
    assert (answer.status, answer.code) == (409, "proposal_outdated")
    assert (await listing.workshop())["prices"] == listing.offering["prices"]
