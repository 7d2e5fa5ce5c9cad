"""Pools tell how full they are, once for each crossing."""

from tests.bookings.village import pottery
from tests.bookings.world import Bookings

ON_SITE = {"payment_method": "on_site"}


async def levels(bookings: Bookings, scope: str = "slot") -> list[tuple[str, str]]:
    rows = await bookings.fetch_rows(
        "select payload ->> 'earlier_level', payload ->> 'level' from outbox"
        " where type = 'capacity.level_changed.v1' and payload ->> 'scope' = $1 order by position",
        scope,
    )
    return [(row[0], row[1]) for row in rows]


async def test_each_threshold_is_told_once_in_each_direction(bookings: Bookings) -> None:
    orders = [await bookings.order(pottery(adult=n), **ON_SITE) for n in (7, 1, 1, 1)]
    assert await levels(bookings) == [("open", "warn"), ("warn", "steer"), ("steer", "full")]
    path = f"/v1/orders/{orders[0].json['order_id']}/cancellations"
    await bookings.call("POST", path, token=bookings.visitor)
    assert (await levels(bookings))[3:] == [("full", "open")]


async def test_a_limit_that_is_lowered_below_what_is_taken_sells_nothing_and_says_so(
    bookings: Bookings,
) -> None:
    order = await bookings.order(pottery(adult=6), **ON_SITE)
    await bookings.publish_village(day_capacity=5)
    assert await levels(bookings, "village_day") == [("open", "over")]
    refused = await bookings.order(pottery(adult=1), **ON_SITE)
    assert (refused.status, refused.code, refused.json["left"]) == (409, "day_is_full", 0)
    kept = await bookings.call(
        "GET", f"/v1/orders/{order.json['order_id']}", token=bookings.visitor
    )
    assert kept.json["state"] == "confirmed"


async def test_a_village_is_nearly_full_by_its_own_thresholds(bookings: Bookings) -> None:
    await bookings.publish_village(day_capacity=16, warn_percent=50, steer_percent=60)
    for persons in (7, 1, 2):
        await bookings.order(pottery(adult=persons), **ON_SITE)
    assert await levels(bookings, "village_day") == [("open", "warn"), ("warn", "steer")]


async def test_other_thresholds_change_the_levels_of_days_to_come(bookings: Bookings) -> None:
    await bookings.publish_village(day_capacity=20)
    await bookings.order(pottery(adult=10), **ON_SITE)
    assert await levels(bookings, "village_day") == []
    await bookings.publish_village(day_capacity=20, warn_percent=50, steer_percent=60)
    assert await levels(bookings, "village_day") == [("open", "warn")]
    await bookings.publish_village(day_capacity=20)
    assert (await levels(bookings, "village_day"))[1:] == [("warn", "open")]
