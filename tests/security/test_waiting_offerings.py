"""What is added to an approved venue and waits for the office: nobody sees, finds or books it."""

from dataclasses import replace

from aiohttp import web
from aiohttp.test_utils import TestClient

from services.venues.jobs.make_pictures import make_pictures
from services.venues.jobs.write_missing_words import write_missing_words
from shared.core.ids import new_id
from tests.venues.hearing import deliver
from tests.venues.life.listings import NEW, Listed, added, approved
from tests.venues.photo_stage import announced, application, sent
from tests.venues.schedules.sold import sell
from tests.venues.stage import Stage, both, stay_body
from tests.venues.test_access import bare

COOPERS = stay_body(slug="coopers", name=both("箍桶营地", "Coopers camp"))


async def camp_that_waits(stage: Stage) -> Listed:
    return await added(stage, COOPERS, times=[])


async def test_what_waits_answers_everybody_else_as_if_it_did_not_exist(stage: Stage) -> None:
    listing = await camp_that_waits(stage)
    path = f"/v1/offerings/{listing.offering['offering_id']}"
    for address in (path, f"{path}/slots", f"{path}/calendar.ics"):
        missing = address.replace(listing.offering["offering_id"], str(new_id()))
        for token in (None, stage.visitor, stage.rival):
            theirs = await stage.call("GET", address, token)
            assert theirs.status == 404
            assert bare(theirs) == bare(await stage.call("GET", missing, token)), address
    for token in (stage.operator, stage.office):
        assert (await stage.good("GET", path, token))["held_back"]
        assert len((await stage.good("GET", f"{path}/slots", token))["items"]) == 6


async def test_no_page_list_search_or_calendar_tells_of_what_waits(stage: Stage) -> None:
    listing = await camp_that_waits(stage)
    photo = await announced(stage, listing.venue, offering_id=listing.offering["offering_id"])
    await sent(stage, photo)
    await make_pictures(application(stage))
    await write_missing_words(application(stage))
    for token in (None, stage.visitor, stage.rival):
        shown = await stage.good("GET", listing.path, token)
        assert (shown["kinds"], len(shown["offerings"]), shown["photos"]) == (["session"], 1, [])
        found = await stage.good("GET", "/v1/venues?date=2026-09-12", token)
        assert found["items"][0]["kinds"] == ["session"]
        assert [one["kind"] for one in found["facets"]["kinds"]] == ["session"]
        for text in (str(shown), str(found)):
            assert listing.offering["offering_id"] not in text
            assert "箍桶" not in text
        for query in ("q=箍桶", "q=coopers", "q=gutong", "q=cuopers", "kind=stay"):
            assert (await stage.good("GET", f"/v1/venues?{query}", token))["items"] == [], query
        async with stage.client.get(f"{listing.path}/calendar.ics") as response:
            assert "箍桶" not in await response.text()
    own = await stage.good("GET", "/v1/venues?state=any", stage.operator)
    assert own["items"][0]["kinds"] == ["session", "stay"]


async def test_what_waits_is_not_bookable_until_the_office_approves(
    stage: Stage, bookings: "TestClient[web.Request, web.Application]"
) -> None:
    sold = await sell(stage, bookings)
    path = f"/v1/venues/{sold.offering['venue_id']}"
    offering = await stage.good("POST", f"{path}/offerings", stage.operator, NEW)
    waiting = replace(sold, offering=offering)
    assert (await waiting.put(sold.days)).status == 200
    assert await stage.told() == []
    day = sold.days[0]
    status, refused = await waiting.ask_for(day, 2)
    missing = replace(sold, offering={"offering_id": str(new_id())})
    nowhere, unknown = await missing.ask_for(day, 2)
    assert (status, refused["code"]) == (nowhere, unknown["code"])
    venue = await stage.good("GET", path, stage.operator)
    assert (await approved(Listed(stage, venue, offering))).status == 200
    await deliver(stage, bookings)
    assert (await waiting.ask_for(day, 2))[0] == 201


async def test_operators_put_nothing_on_sale_that_waits_and_others_submit_nothing(
    stage: Stage,
) -> None:
    listing = await camp_that_waits(stage)
    waiting = listing.offering["pending_change"]
    submissions = f"{listing.offering_path}/submissions"
    for step, body in (("approvals", None), ("rejections", {"reason": "-"})):
        for token, status in ((None, 401), (stage.visitor, 403), (stage.operator, 403)):
            path = f"/v1/change-proposals/{waiting['proposal_id']}/{step}"
            assert (await stage.call("POST", path, token, body)).status == status
    for extra in ("held_back", "on_sale", "published"):
        wanted = {extra: extra != "held_back"}
        answer = await stage.call("PATCH", listing.offering_path, stage.operator, wanted)
        assert (answer.status, answer.fields) == (422, {f"/{extra}": "unknown"})
    await listing.decide(waiting, "rejections")
    for token, status in ((None, 401), (stage.visitor, 403), (stage.office, 403)):
        assert (await stage.call("POST", submissions, token)).status == status
    missing = submissions.replace(listing.offering["offering_id"], str(new_id()))
    theirs = await stage.call("POST", submissions, stage.rival)
    assert bare(theirs) == bare(await stage.call("POST", missing, stage.rival))
    assert theirs.status == 404
    assert not (await listing.workshop())["on_sale"]
