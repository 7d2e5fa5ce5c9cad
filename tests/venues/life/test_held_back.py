"""What waits for the office stays off sale, and takes nothing of its venue with it."""

from collections.abc import Awaitable, Callable
from datetime import date
from typing import Any

import pytest

from services.venues.jobs.make_coming_slots import make_coming_slots
from services.venues.jobs.write_missing_words import write_missing_words
from shared.db import transaction
from tests.venues.licences.papers import HOURS, confirmed, days_pass, licensed_until, watch
from tests.venues.life.listings import Listed, added, approved
from tests.venues.stage import Json, Stage, both, entry_body, stay_body


async def paused(listing: Listed) -> None:
    await listing.stage.move(listing.venue, "pauses")
    await listing.stage.move(listing.venue, "resumptions")


async def archived(listing: Listed) -> None:
    for step in ("archivals", "restorations", "submissions"):
        await listing.stage.move(listing.venue, step)
    await listing.stage.move(listing.venue, "approvals", listing.stage.office)


async def renewed(listing: Listed) -> None:
    stage = listing.stage
    async with transaction(stage.database) as conn:
        await conn.execute("update licences set valid_until = '2026-09-11'")
    days_pass(stage, 1)
    await watch(stage)
    assert not (await listing.now())["offerings"][0]["on_sale"]
    async with transaction(stage.database) as conn:
        await conn.execute("update licences set valid_until = '2199-12-31'")
    await watch(stage)


async def days_came(listing: Listed) -> None:
    await listing.stage.schedule(listing.offering, until="2026-12-31")
    days_pass(listing.stage, 10)
    await make_coming_slots(listing.stage.client.app)


async def edited(listing: Listed) -> None:
    await listing.change({"name": both("新名", "New name")}, of_venue=True)
    await listing.change({"name": both("竹篮", "Baskets"), "duration_minutes": 30})
    app: Any = listing.stage.client.app
    await write_missing_words(app)


async def year_corrected(listing: Listed) -> None:
    stage = listing.stage
    holidays = [{"day_types": ["holiday"], "capacity": 5}]
    await stage.schedule(listing.offering, rules=holidays)
    day = {"day": "2026-09-16", "day_type": "holiday", "name": both("假日", "Holiday")}
    body = {"source": "更正", "days": [day]}
    await stage.good("PUT", "/v1/calendars/2026", stage.office, body)
    await make_coming_slots(stage.client.app)
    assert "2026-09-16" in str(await stage.slots(listing.offering, "2026-09-11", "2026-09-30"))


@pytest.mark.parametrize(
    "happens",
    [paused, archived, renewed, days_came, edited, year_corrected],
    ids=lambda happens: str(happens.__name__),
)
async def test_nothing_that_happens_to_a_venue_puts_on_sale_what_waits(
    stage: Stage, happens: Callable[[Listed], Awaitable[None]]
) -> None:
    listing = await added(stage)
    await happens(listing)
    now = await listing.now()
    assert [(one["slug"], one["on_sale"]) for one in now["offerings"]] == [
        ("pottery", True),
        ("coopering", False),
    ]
    told = [one for one in await stage.told() if one.topic in {"venues.offering", "venues.slot"}]
    about = {str(one.subject) for one in told} | {one.data.get("offering_id") for one in told}
    assert listing.offering["offering_id"] not in about
    slots = await stage.slots(listing.offering, "2026-09-11", "2026-12-09")
    assert slots
    assert not about & {slot["slot_id"] for slot in slots}


async def test_what_waits_needs_no_licence_until_it_is_approved(stage: Stage) -> None:
    venue, _ = await licensed_until(stage, date(2026, 12, 31))
    path = f"/v1/venues/{venue['venue_id']}"
    camp = await stage.good("POST", f"{path}/offerings", stage.operator, stay_body())
    listing = Listed(stage, venue, camp)
    await watch(stage)
    assert (await stage.good("GET", f"{path}/licences", stage.operator))["missing"] == []
    refused = await approved(listing)
    assert (refused.status, refused.code) == (409, "licence_missing")
    assert refused.body["kinds"] == ["camping_filing", "fire"]
    assert len(await listing.proposals("pending")) == 1
    await confirmed(stage, venue, "fire")
    await confirmed(stage, venue, "camping_filing")
    assert (await approved(listing)).status == 200
    assert (await listing.workshop())["on_sale"]


async def test_a_licence_that_only_a_rejected_offering_needs_takes_nothing_off_sale(
    stage: Stage,
) -> None:
    venue, _ = await licensed_until(stage, date(2026, 12, 31))
    path = f"/v1/venues/{venue['venue_id']}"
    await confirmed(stage, venue, "fire", valid_until="2026-09-11")
    camp = await stage.good("POST", f"{path}/offerings", stage.operator, stay_body())
    listing = Listed(stage, venue, camp)
    await listing.decide(camp["pending_change"], "rejections")
    days_pass(stage, 1)
    await watch(stage)
    assert (await listing.now())["offerings"][0]["on_sale"]
    await stage.move(venue, "pauses")
    assert (await stage.move(venue, "resumptions"))["state"] == "published"


@pytest.mark.parametrize("is_large", ["expected", "by_its_places"])
async def test_a_large_event_is_approved_with_its_permit_alone(stage: Stage, is_large: str) -> None:
    venue, _ = await licensed_until(stage, date(2026, 12, 31))
    path = f"/v1/venues/{venue['venue_id']}"
    await stage.change(path, {"day_capacity": 3000})
    expected: Json = {"expected_visitors": 1000} if is_large == "expected" else {}
    body = entry_body(event_permit_number="E-7", **expected)
    fair = await stage.good("POST", f"{path}/offerings", stage.operator, body)
    await stage.schedule(fair, **{**HOURS, "capacity": 20 if expected else 2000})
    listing = Listed(stage, venue, fair)
    refused = await approved(listing)
    assert (refused.code, refused.body["kinds"]) == ("licence_missing", ["event_permit"])
    await confirmed(stage, venue, "event_permit", number="E-7")
    assert (await approved(listing)).status == 200
    assert (await listing.workshop())["on_sale"]


async def test_where_changes_go_live_at_once_nothing_is_added_that_lacks_a_licence(
    stage: Stage,
) -> None:
    venue, _ = await licensed_until(stage, date(2026, 12, 31))
    listing = Listed(stage, venue, venue["offerings"][0])
    setting = {"significant_changes": "at_once"}
    await stage.good("PATCH", await listing.district(), stage.office, setting)
    await stage.forget_events()
    path = f"{listing.path}/offerings"
    for body, kinds in (
        (stay_body(), ["camping_filing", "fire"]),
        (entry_body(slug="fair", expected_visitors=1000), ["event_permit"]),
    ):
        answer = await stage.call("POST", path, stage.operator, body)
        assert (answer.status, answer.body["kinds"]) == (409, kinds)
    assert await stage.told_types() == []
    assert len((await listing.now())["offerings"]) == 1
    assert await listing.proposals("applied") == []
