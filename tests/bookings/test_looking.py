"""What visitors see before and after they order, and figures from before the platform."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

from tests.bookings.village import CAMPING, NEXT_WEEK, POTTERY, camping, pottery, today_here
from tests.bookings.world import Answer, Bookings


async def availability(bookings: Bookings, offering: Any, party: int = 1) -> Answer:
    params = {
        "offering": str(offering),
        "from": NEXT_WEEK.isoformat(),
        "to": (NEXT_WEEK + timedelta(days=2)).isoformat(),
        "party": str(party),
    }
    return await bookings.call("GET", "/v1/availability", params=params)


async def test_availability_shows_what_is_left_and_whether_the_party_fits(
    bookings: Bookings,
) -> None:
    await bookings.order(pottery(adult=7))
    [slot] = (await availability(bookings, POTTERY, party=4)).json["items"]
    assert (slot["left"], slot["fits"]) == (3, False)
    [slot] = (await availability(bookings, POTTERY, party=3)).json["items"]
    assert slot["fits"]


async def test_availability_of_a_stay_counts_pitches_night_by_night(bookings: Bookings) -> None:
    await bookings.order(camping(nights=2, adult=5))
    nights = (await availability(bookings, CAMPING, party=13)).json["items"]
    assert [(night["left"], night["fits"]) for night in nights] == [
        (3, False),
        (3, False),
        (5, True),
    ]


async def test_a_full_village_leaves_nothing_anywhere(bookings: Bookings) -> None:
    await bookings.publish_village(day_capacity=2)
    await bookings.order(camping(adult=2))
    [slot] = (await availability(bookings, POTTERY)).json["items"]
    assert (slot["left"], slot["fits"]) == (0, False)


async def test_days_that_are_no_range_are_refused(bookings: Bookings) -> None:
    for first, last in (("2026-12-02", "2026-12-01"), ("2026-12-01", "2027-12-01")):
        params = {"offering": str(POTTERY), "from": first, "to": last}
        answer = await bookings.call("GET", "/v1/availability", params=params)
        assert (answer.status, answer.code) == (422, "invalid_request")


async def test_a_visitor_sees_an_own_order_and_nobody_elses(bookings: Bookings) -> None:
    order_id = (await bookings.order(pottery())).json["order_id"]
    path = f"/v1/orders/{order_id}"
    assert (await bookings.call("GET", path, token=bookings.visitor)).status == 200
    assert (await bookings.call("GET", path, token=bookings.tokens.person())).status == 404
    assert (await bookings.call("GET", path, token=bookings.office)).status == 404
    service = bookings.tokens.service("notifications")
    assert (await bookings.call("GET", path, token=service)).status == 200
    other = bookings.tokens.service("statistics")
    assert (await bookings.call("GET", path, token=other)).status == 403


async def test_orders_are_listed_newest_first_page_by_page(bookings: Bookings) -> None:
    answers = [await bookings.order(pottery(adult=1), payment_method="on_site") for _ in range(5)]
    made = [answer.json["order_id"] for answer in answers]
    seen: list[str] = []
    cursor: str | None = None
    while True:
        params = {"limit": "2", **({"cursor": cursor} if cursor else {})}
        page = await bookings.call("GET", "/v1/orders", token=bookings.visitor, params=params)
        seen += [order["order_id"] for order in page.json["items"]]
        cursor = page.json["next"]
        if cursor is None:
            break
    assert seen == made[::-1]


async def test_a_cursor_that_was_never_given_is_refused(bookings: Bookings) -> None:
    for cursor in ("x", "eyJhIjoxfQ"):
        answer = await bookings.call(
            "GET", "/v1/orders", token=bookings.visitor, params={"cursor": cursor}
        )
        assert (answer.status, answer.code) == (422, "invalid_request")


def visit(**fields: Any) -> dict[str, Any]:
    return {
        "reference": uuid4().hex,
        "offering_id": str(POTTERY),
        "day": (today_here() - timedelta(days=3)).isoformat(),
        "persons": 12,
        "arrived": 9,
        **fields,
    }


async def record(bookings: Bookings, *visits: dict[str, Any]) -> Answer:
    body = {"items": list(visits)}
    return await bookings.call("POST", "/v1/past-visits", body, token=bookings.office)


async def test_visits_of_the_past_are_taken_over_once(bookings: Bookings) -> None:
    first, second = visit(), visit()
    assert (await record(bookings, first)).json == {"recorded": 1, "known_before": 0}
    assert (await record(bookings, first, second)).json == {"recorded": 1, "known_before": 1}
    told = [kind for kind, _, _ in await bookings.told()]
    assert told == ["past_visit.recorded.v1"] * 2
    assert await bookings.taken("district_day") == 0


async def test_the_future_is_not_the_past(bookings: Bookings) -> None:
    answer = await record(bookings, visit(day=NEXT_WEEK.isoformat()))
    assert (answer.status, answer.code) == (422, "visit_in_the_future")


async def test_visits_of_unknown_offerings_are_refused_whole(bookings: Bookings) -> None:
    answer = await record(bookings, visit(), visit(offering_id=str(uuid4())))
    assert (answer.status, answer.code) == (422, "offering_unknown")
    assert await bookings.told() == []


async def test_only_the_office_takes_over_visits(bookings: Bookings) -> None:
    body = {"items": [visit()]}
    answer = await bookings.call("POST", "/v1/past-visits", body, token=bookings.operator)
    assert (answer.status, answer.code) == (403, "not_allowed")


async def test_more_can_not_arrive_than_were_expected(bookings: Bookings) -> None:
    answer = await record(bookings, visit(arrived=13))
    assert (answer.status, answer.code) == (422, "invalid_request")
