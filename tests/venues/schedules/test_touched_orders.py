"""A change that would touch sold slots shows which orders before it is applied."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import pytest

from shared.core.masking import masked_code
from shared.http.keys import DATABASE
from tests.conftest import DatabaseUrl
from tests.support.tokens import TokenMaker
from tests.venues.conftest import serving
from tests.venues.hearing import deliver
from tests.venues.schedules.sold import Sold
from tests.venues.stage import (
    Json,
    Stage,
    StandingClock,
    both,
    price,
)

# Nobody answers at the port of RFC 863.
NOWHERE: Final = "http://127.0.0.1:9"
# What is stricter waits, and the rest with it, because it fits only together.
SHORTER: Final[Json] = {
    "duration_minutes": 90,
    "prices": [
        price("adult", 12800),
        price("child", 6800),
        price("adult", 10000, season="summer"),
    ],
    "terms": {
        "lead_minutes": 60,
        "seasons": [
            {
                "code": "summer",
                "name": both("夏季", "Summer"),
                "from_day": "06-01",
                "until_day": "08-31",
            }
        ],
    },
}
NOTHING: Final = {"orders": 0, "persons": 0, "fen": 0, "first": []}


async def test_a_day_that_people_have_booked_goes_only_if_that_is_meant(sold: Sold) -> None:
    first, second, _ = sold.days
    order = await sold.order(first, 2)
    before = await sold.slots()
    refused = await sold.put(sold.days[1:])
    assert (refused.status, refused.code) == (409, "schedule_touches_orders")
    assert (refused.body["orders"], refused.body["persons"], refused.body["fen"]) == (1, 2, 25600)
    assert await sold.slots() == before
    assert await sold.stage.told() == []
    preview = await sold.preview(sold.days[1:])
    assert preview.status == 200
    assert (preview.body["made"]["count"], preview.body["changed"]["count"]) == (0, 0)
    (withdrawn,) = preview.body["withdrawn"]["first"]
    assert (withdrawn["day"], withdrawn["earlier_capacity"]) == (first.isoformat(), 12)
    assert preview.body["touched"]["first"] == [
        {
            "order_id": order["order_id"],
            "code": masked_code(order["code"]),
            "day": first.isoformat(),
            "persons": 2,
        }
    ]
    assert await sold.slots() == before
    meant = await sold.put(sold.days[1:], accept_touched_orders=True)
    assert meant.status == 200
    assert await sold.slots() == before[1:]
    assert before[0]["slot_id"] not in {slot["slot_id"] for slot in await sold.slots()}
    # Brought back it is the same slot, with the places that are taken in it.
    assert (await sold.put(sold.days)).status == 200
    assert await sold.slots() == before
    assert second.isoformat() == before[1]["day"]


async def test_days_without_orders_go_without_further_ado(sold: Sold) -> None:
    await sold.order(sold.days[0], 2)
    assert (await sold.put(sold.days[:2])).status == 200
    assert (await sold.preview(sold.days[:2])).body["touched"] == NOTHING


async def test_places_that_nobody_has_taken_go_without_further_ado(sold: Sold) -> None:
    await sold.order(sold.days[0], 2)
    more = await sold.put(sold.days, capacity=20)
    assert (more.status, more.body["capacity"]) == (200, 20)
    await deliver(sold.stage, sold.bookings)
    fewer = await sold.preview(sold.days, capacity=2)
    assert (fewer.body["changed"]["count"], fewer.body["touched"]) == (3, NOTHING)
    assert {one["earlier_capacity"] for one in fewer.body["changed"]["first"]} == {20}
    assert (await sold.put(sold.days, capacity=2)).status == 200


async def test_fewer_places_than_are_taken_touch_those_who_have_them(sold: Sold) -> None:
    order = await sold.order(sold.days[0], 2)
    fewer = await sold.put(sold.days, capacity=1)
    assert (fewer.status, fewer.code, fewer.body["persons"]) == (409, "schedule_touches_orders", 2)
    assert [one["order_id"] for one in fewer.body["first"]] == [order["order_id"]]
    preview = await sold.preview(sold.days, capacity=1)
    assert (preview.body["changed"]["count"], preview.body["touched"]["orders"]) == (3, 1)


async def test_a_slot_at_another_time_is_another_slot(sold: Sold) -> None:
    await sold.order(sold.days[0], 2)
    refused = await sold.put(sold.days, times=["15:00"])
    assert refused.code == "schedule_touches_orders"
    preview = await sold.preview(sold.days, times=["15:00"])
    assert (preview.body["made"]["count"], preview.body["withdrawn"]["count"]) == (3, 3)


async def test_another_duration_cuts_what_people_have_booked_only_if_that_is_meant(
    sold: Sold,
) -> None:
    order = await sold.order(sold.days[0], 2)
    stage, before = sold.stage, await sold.slots()
    await sold.change_at_once()
    path = f"/v1/venues/{sold.offering['venue_id']}/offerings/{sold.offering['offering_id']}"
    shorter = {"duration_minutes": 90}
    refused = await stage.call("PATCH", path, stage.operator, shorter)
    assert (refused.status, refused.code, refused.body["orders"]) == (
        409,
        "schedule_touches_orders",
        1,
    )
    assert [one["order_id"] for one in refused.body["first"]] == [order["order_id"]]
    assert await sold.slots() == before
    meant = f"{path}?accept_touched_orders=true"
    assert (await stage.call("PATCH", meant, stage.operator, shorter)).status == 200
    after = await sold.slots()
    assert [slot["slot_id"] for slot in after] == [slot["slot_id"] for slot in before]
    assert after[0]["ends_at"] < before[0]["ends_at"]
    # A text touches nobody.
    named = {"name": {"zh": "慢拉坯", "en": "Slow pottery"}}
    assert (await stage.call("PATCH", path, stage.operator, named)).status == 200


async def test_approving_a_change_cuts_what_was_booked_since_only_if_that_is_meant(
    sold: Sold,
) -> None:
    stage, before = sold.stage, await sold.slots()
    path = f"/v1/venues/{sold.offering['venue_id']}/offerings/{sold.offering['offering_id']}"
    changed = await stage.good("PATCH", path, stage.operator, SHORTER)
    waiting = changed["pending_change"]
    assert "duration_minutes" in waiting["changes"]
    order = await sold.order(sold.days[0], 2)

    approvals = f"/v1/change-proposals/{waiting['proposal_id']}/approvals"
    refused = await stage.call("POST", approvals, stage.office)
    assert (refused.status, refused.code) == (409, "schedule_touches_orders")
    assert (refused.body["orders"], refused.body["persons"], refused.body["fen"]) == (1, 2, 25600)
    assert [one["order_id"] for one in refused.body["first"]] == [order["order_id"]]
    assert await sold.slots() == before
    still = await stage.good("GET", "/v1/change-proposals?state=pending", stage.office)
    assert still["items"] == [waiting]

    meant = f"{approvals}?accept_touched_orders=true"
    assert (await stage.good("POST", meant, stage.office))["state"] == "approved"
    after = await sold.slots()
    assert after[0]["ends_at"] < before[0]["ends_at"]
    again = await stage.call("POST", meant, stage.office)
    assert again.code == "proposal_decided"


async def test_a_preview_is_for_those_who_may_set_the_schedule(sold: Sold) -> None:
    path, body = f"{sold.path}/schedule-previews", sold.body(sold.days)
    stage = sold.stage
    for token, status in ((None, 401), (stage.visitor, 403), (stage.rival, 404)):
        assert (await stage.call("POST", path, token, body)).status == status
    wrong = await sold.preview(sold.days, rules=[{}])
    assert (wrong.status, wrong.fields) == (422, {"/rules/0": "rule_without_days"})


@pytest.fixture
async def alone(
    sold: Sold,
    database_url: DatabaseUrl,
    clock: StandingClock,
    tokens: TokenMaker,
    tmp_path: Path,
) -> AsyncIterator[Stage]:
    """The same venues, while bookings is away."""
    async with serving(database_url, clock, tokens, NOWHERE, tmp_path) as client:
        other = Stage(client, client.app[DATABASE], clock, tokens, sold.stage.organisation)
        other.operator = sold.stage.operator
        yield other


async def test_while_bookings_is_away_nothing_that_was_on_sale_is_taken_away(
    sold: Sold, alone: Stage
) -> None:
    before = await sold.slots()
    away = Sold(alone, sold.bookings, sold.offering, sold.days)
    for answer in (await away.put(sold.days[1:]), await away.preview(sold.days[1:])):
        assert (answer.status, answer.code) == (503, "temporarily_unavailable")
        assert "Retry-After" in answer.headers
    assert await sold.slots() == before
    # What takes nothing away needs nobody's answer, and neither does what is meant anyhow.
    assert (await away.put(sold.days, capacity=20)).status == 200
    meant = await away.put(sold.days[1:], accept_touched_orders=True)
    assert meant.status == 200
