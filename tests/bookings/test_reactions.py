"""What bookings makes of what venues says, in whatever order it hears it."""

import asyncio
from uuid import uuid4

import pytest

from shared.contracts.venues import OfferingWithdrawn, SlotWithdrawn, VenueWithdrawn
from tests.bookings.village import CAMPING, NEXT_WEEK, POTTERY, VENUE, WALK, at, camping, pottery
from tests.bookings.world import Bookings, serve_bookings
from tests.conftest import DatabaseUrl


async def test_nothing_is_sold_before_everything_is_known(database_url: DatabaseUrl) -> None:
    async with serve_bookings(database_url("bookings")) as bookings:
        await bookings.execute("delete from villages")
        unknown = await bookings.order(pottery(), payment_method="on_site")
        assert (unknown.status, unknown.code) == (409, "offering_not_on_sale")
        await bookings.publish_village()
        assert (await bookings.order(pottery(), payment_method="on_site")).status == 201


async def test_a_slot_that_is_heard_of_before_its_venue_waits_for_it(bookings: Bookings) -> None:
    await bookings.execute("delete from venues")
    await bookings.publish_slot(POTTERY, at(NEXT_WEEK, 18), 10)
    refused = await bookings.order(pottery(hour=18), payment_method="on_site")
    assert refused.code == "offering_not_on_sale"
    await bookings.publish_venue()
    assert (await bookings.order(pottery(hour=18), payment_method="on_site")).status == 201


async def test_a_stale_event_changes_nothing(bookings: Bookings) -> None:
    slot_id = await bookings.publish_slot(POTTERY, at(NEXT_WEEK, 14), 3)
    bookings.versions[slot_id] = 0
    await bookings.publish_slot(POTTERY, at(NEXT_WEEK, 14), 99)
    assert (await bookings.order(pottery(adult=4))).code == "pool_exhausted"


async def test_a_capacity_that_is_lowered_below_what_is_sold_sells_nothing_more(
    bookings: Bookings,
) -> None:
    await bookings.order(pottery(adult=8), payment_method="on_site")
    await bookings.publish_slot(POTTERY, at(NEXT_WEEK, 14), 5)
    answer = await bookings.order(pottery(adult=1))
    assert (answer.code, answer.json["left"]) == ("pool_exhausted", 0)
    assert await bookings.taken("slot", NEXT_WEEK) == 8


async def test_a_raised_village_limit_opens_places_at_once(bookings: Bookings) -> None:
    await bookings.publish_village(day_capacity=1)
    assert (await bookings.order(pottery(adult=2))).code == "day_is_full"
    await bookings.publish_village(day_capacity=2)
    assert (await bookings.order(pottery(adult=2))).status == 201


@pytest.mark.parametrize("withdrawn", ["venue", "offering", "slot"])
async def test_what_is_withdrawn_takes_no_new_bookings_and_loses_none(
    bookings: Bookings, withdrawn: str
) -> None:
    kept = await bookings.order(pottery(), payment_method="on_site")
    slot_id = bookings.slots[POTTERY, at(NEXT_WEEK, 14)]
    event, subject = {
        "venue": (VenueWithdrawn(venue_id=VENUE), VENUE),
        "offering": (OfferingWithdrawn(offering_id=POTTERY), POTTERY),
        "slot": (SlotWithdrawn(slot_id=slot_id), slot_id),
    }[withdrawn]
    await bookings.hear(event, subject)
    assert (await bookings.order(pottery())).status == 409
    path = f"/v1/orders/{kept.json['order_id']}"
    assert (await bookings.call("GET", path, token=bookings.visitor)).json["state"] == "confirmed"


async def test_withdrawing_the_unknown_is_harmless(bookings: Bookings) -> None:
    unknown = uuid4()
    await bookings.hear(OfferingWithdrawn(offering_id=unknown), unknown)
    assert (await bookings.order(camping())).status == 201


@pytest.mark.parametrize("withdrawn", ["venue", "offering", "slot"])
async def test_older_news_of_what_was_withdrawn_puts_nothing_on_sale_again(
    bookings: Bookings, withdrawn: str
) -> None:
    """As when a publication was a dead letter and is replayed after the withdrawal."""
    slot_id = bookings.slots[POTTERY, at(NEXT_WEEK, 14)]
    forget, subject, event = {
        "venue": ("delete from venues", VENUE, VenueWithdrawn(venue_id=VENUE)),
        "offering": ("delete from offerings", POTTERY, OfferingWithdrawn(offering_id=POTTERY)),
        "slot": ("delete from slots", slot_id, SlotWithdrawn(slot_id=slot_id)),
    }[withdrawn]
    await bookings.execute(forget)
    await bookings.hear(event, subject, version=5)
    bookings.versions[subject] = 3
    if withdrawn == "venue":
        await bookings.publish_venue()
    elif withdrawn == "offering":
        bookings.versions.update({CAMPING: 3, WALK: 3})
        await bookings.publish_offerings()
    else:
        await bookings.publish_slot(POTTERY, at(NEXT_WEEK, 14), 10)
    assert (await bookings.order(pottery())).status == 409


async def test_a_capacity_that_changes_while_people_book_deadlocks_nobody(
    bookings: Bookings,
) -> None:
    async def change() -> None:
        for capacity in range(50, 60):
            await bookings.publish_village(day_capacity=capacity, district=capacity)

    orders, _ = await asyncio.gather(
        asyncio.gather(
            *(bookings.order(camping(nights=3), payment_method="on_site") for _ in range(5))
        ),
        change(),
    )
    assert {order.status for order in orders} == {201}
