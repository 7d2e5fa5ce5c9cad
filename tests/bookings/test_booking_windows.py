"""Lead time, horizon and children per adult, wherever something is booked."""

from datetime import timedelta
from typing import Final
from uuid import uuid4

from shared.contracts.terms import OfferingTerms
from tests.bookings.village import (
    CAMPING,
    NEXT_WEEK,
    POTTERY,
    Json,
    at,
    camping,
    pottery,
    today_here,
)
from tests.bookings.world import Answer, Bookings

CONFIRMED: Final = {"payment_method": "on_site"}
LATE: Final = OfferingTerms(lead_minutes=43_200)
EARLY: Final = OfferingTerms(horizon_days=3)
DAYS_AHEAD: Final = (NEXT_WEEK - today_here()).days


async def sell_pottery(bookings: Bookings, terms: OfferingTerms) -> None:
    await bookings.publish_offering(POTTERY, "session", {"adult": 12800, "child": 6800}, terms)


async def quote(bookings: Bookings, line: Json) -> Answer:
    return await bookings.call("POST", "/v1/quotes", {"lines": [line]})


async def shown(bookings: Bookings) -> list[Json]:
    params = {
        "offering": str(POTTERY),
        "from": str(NEXT_WEEK),
        "to": str(NEXT_WEEK + timedelta(days=1)),
    }
    answer = await bookings.call("GET", "/v1/availability", params=params)
    items: list[Json] = answer.json["items"]
    return items


async def test_what_begins_too_soon_is_refused_everywhere(bookings: Bookings) -> None:
    order = await bookings.order(pottery(), **CONFIRMED)
    assert len(await shown(bookings)) == 1
    await sell_pottery(bookings, LATE)
    line = order.json["lines"][0]["line_id"]
    path = f"/v1/orders/{order.json['order_id']}/changes"
    body = {"line_id": line, "tickets": {"adult": 1}}
    answers = [
        await quote(bookings, pottery()),
        await bookings.order(pottery(), **CONFIRMED),
        await bookings.call("POST", path, body, token=bookings.visitor, key=uuid4().hex),
    ]
    for answer in answers:
        assert (answer.status, answer.code) == (409, "too_late_to_book")
        assert answer.json["lead_minutes"] == 43_200
        assert "43200" in answer.json["detail"].replace(",", "")
    assert await shown(bookings) == []


async def test_what_is_too_far_ahead_is_refused_everywhere(bookings: Bookings) -> None:
    await sell_pottery(bookings, EARLY)
    for answer in (await quote(bookings, pottery()), await bookings.order(pottery(), **CONFIRMED)):
        assert (answer.status, answer.code) == (409, "too_early_to_book")
        assert answer.json["horizon_days"] == 3
    assert await shown(bookings) == []
    await sell_pottery(bookings, OfferingTerms(horizon_days=DAYS_AHEAD))
    assert len(await shown(bookings)) == 1
    assert (await bookings.order(pottery(), **CONFIRMED)).status == 201


async def test_the_last_night_of_a_stay_counts_for_the_horizon(bookings: Bookings) -> None:
    terms = OfferingTerms(horizon_days=DAYS_AHEAD + 1)
    await bookings.publish_offering(CAMPING, "stay", {"pitch": 19900}, terms)
    assert (await bookings.order(camping(nights=2), **CONFIRMED)).status == 201
    assert (await bookings.order(camping(nights=3), **CONFIRMED)).code == "too_early_to_book"


async def test_what_a_process_remembers_does_not_outlive_the_lead_time(bookings: Bookings) -> None:
    soon = at(NEXT_WEEK, 14)
    minutes = round((soon - bookings.tokens.clock.now()).total_seconds() / 60)
    await sell_pottery(bookings, OfferingTerms(lead_minutes=minutes - 60))
    # The plan is remembered from here on.
    assert (await bookings.order(pottery(), **CONFIRMED)).status == 201
    await sell_pottery(bookings, OfferingTerms(lead_minutes=minutes + 60))
    assert (await bookings.order(pottery(), **CONFIRMED)).code == "too_late_to_book"


async def test_too_many_children_for_their_adults_are_refused(bookings: Bookings) -> None:
    await sell_pottery(bookings, OfferingTerms(children_per_adult_most=2))
    answer = await bookings.order(pottery(adult=1, child=3), **CONFIRMED)
    assert (answer.status, answer.code, answer.json["most"]) == (422, "too_many_children", 2)
    assert (await bookings.order(pottery(adult=1, child=2), **CONFIRMED)).status == 201
