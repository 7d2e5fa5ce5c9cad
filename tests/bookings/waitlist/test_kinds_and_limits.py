"""Stays, tables, limits and changed offerings: what a party waits for is what it needs."""

from datetime import timedelta

from services.bookings.jobs.replan_wishes import replan_wishes
from shared.contracts.terms import OfferingTerms, SeatingStep, TicketType, UnitOption
from shared.contracts.venues import OfferingWithdrawn, SlotWithdrawn, VenueWithdrawn
from tests.bookings.village import (
    CAFE,
    CAMPING,
    NEXT_WEEK,
    POTTERY,
    VENUE,
    Json,
    at,
    camping,
    pottery,
    text,
)
from tests.bookings.waitlist.waiting import (
    buy,
    give_back,
    look_around,
    pass_on,
    sell,
    sell_out,
    wait,
)
from tests.bookings.world import Bookings

PRICES: dict[TicketType, int] = {"adult": 12800}
FIRST_TOLD = "select payload::text from outbox where type = 'waitlist.offered.v1'"
HELD_BACK = "select coalesce(sum(held_back), 0)::int from pools"


async def test_a_stay_is_offered_only_when_all_its_nights_are_free(bookings: Bookings) -> None:
    second = NEXT_WEEK + timedelta(days=1)
    orders = await sell(bookings, camping(adult=20), camping(second, adult=4))
    await sell(bookings, camping(second, adult=16))
    wish = {"date": NEXT_WEEK.isoformat(), "nights": 2}
    stay = await wait(bookings, wish, offering=CAMPING, adults=5)
    night = await wait(bookings, {**wish, "nights": 1}, offering=CAMPING, adults=4)
    await give_back(bookings, orders[0])
    await pass_on(bookings)
    assert await stay.reasons() == [("party_larger_than_free", 0, 2, 1)]
    assert await night.state() == "offered"
    await give_back(bookings, orders[1])
    await pass_on(bookings)
    # One pitch is free now on the second night: still too few for five people.
    assert ("party_larger_than_free", 1, 2, 1) in await stay.reasons()
    assert await stay.state() == "waiting"


async def test_what_another_offering_gives_back_to_a_full_village_goes_down_the_line(
    bookings: Bookings,
) -> None:
    await bookings.publish_village(day_capacity=6)
    [order] = await sell(bookings, camping(adult=4))
    await sell(bookings, pottery(adult=2))
    walkers, campers = (
        await wait(bookings, adults=3),
        await wait(bookings, {"date": NEXT_WEEK.isoformat(), "nights": 1}, offering=CAMPING),
    )
    await give_back(bookings, order)
    assert (await buy(bookings)).code == "day_is_full"
    await pass_on(bookings)
    assert await walkers.state() == "offered"
    assert await campers.reasons() == [("party_larger_than_free", 1, 2, 1)]
    assert (await buy(bookings)).status == 201


async def test_a_party_waits_for_a_table_that_seats_it(bookings: Bookings) -> None:
    terms = OfferingTerms(
        options=(
            UnitOption(code="two", name=text("二人桌", "For two"), units=1, persons=2),
            UnitOption(code="six", name=text("六人桌", "For six"), units=1, persons=6),
        ),
        seating=(SeatingStep(up_to_persons=10, minutes=30),),
    )
    await bookings.publish_cafe({"two": 1, "six": 1}, terms)
    eleven = {"starts_at": at(NEXT_WEEK, 11).isoformat()}
    line = {"offering_id": str(CAFE), **eleven}
    parties = [{**line, "tickets": {"adult": size}} for size in (2, 5)]
    small, large = await sell_free(bookings, *parties)
    five = await wait(bookings, eleven, offering=CAFE, adults=5)
    two = await wait(bookings, eleven, offering=CAFE)
    await give_back(bookings, small)
    await pass_on(bookings)
    assert [await one.state() for one in (five, two)] == ["waiting", "offered"]
    # The small table was none that the five could have had.
    assert await five.reasons() == []
    await give_back(bookings, large)
    await pass_on(bookings)
    path = f"/v1/orders/{await five.offered_order()}"
    order = (await bookings.call("GET", path, token=five.token)).json
    assert order["lines"][0]["options"] == {"six": 1}


async def sell_free(bookings: Bookings, *lines: Json) -> list[str]:
    answers = [await bookings.order(line, payment_method="free") for line in lines]
    return [str(answer.json["order_id"]) for answer in answers]


async def test_a_raised_limit_is_offered_to_those_who_wait_before_it_is_sold(
    bookings: Bookings,
) -> None:
    await sell_out(bookings, 10)
    waiter = await wait(bookings)
    await bookings.publish_slot(POTTERY, at(NEXT_WEEK, 14), 13)
    assert (await buy(bookings)).status == 409
    await pass_on(bookings)
    assert await waiter.state() == "offered"
    assert (await buy(bookings)).status == 201


async def test_a_raised_limit_of_a_village_is_offered_too(bookings: Bookings) -> None:
    await bookings.publish_village(day_capacity=2)
    await sell(bookings, pottery(adult=2))
    waiter = await wait(bookings)
    await bookings.publish_village(day_capacity=4)
    assert (await buy(bookings)).status == 409
    await pass_on(bookings)
    assert await waiter.state() == "offered"


async def test_what_can_not_be_booked_any_more_is_passed_over_and_tried_again(
    bookings: Bookings,
) -> None:
    *_, order = await sell_out(bookings, 8, 2)
    waiter = await wait(bookings)
    await bookings.hear(OfferingWithdrawn(offering_id=POTTERY), POTTERY)
    await give_back(bookings, order)
    await pass_on(bookings)
    assert await waiter.reasons() == [("not_bookable", None, None, 1)]
    await look_around(bookings)
    await bookings.publish_offering(POTTERY, "session", PRICES)
    await bookings.execute("update waitlist_skips set last_at = now() - interval '1 hour'")
    await look_around(bookings)
    assert await waiter.state() == "offered"


async def test_a_table_that_was_added_is_offered_to_those_who_wait(bookings: Bookings) -> None:
    two = UnitOption(code="two", name=text("二人桌", "For two"), units=1, persons=2)
    six = UnitOption(code="six", name=text("六人桌", "For six"), units=1, persons=6)
    seating = (SeatingStep(up_to_persons=10, minutes=30),)
    await bookings.publish_cafe({"two": 1}, OfferingTerms(options=(two,), seating=seating))
    eleven = {"starts_at": at(NEXT_WEEK, 11).isoformat()}
    line = {"offering_id": str(CAFE), **eleven, "tickets": {"adult": 2}}
    await sell_free(bookings, line)
    couple = await wait(bookings, eleven, offering=CAFE)
    await replan_wishes(bookings.client.app)
    await look_around(bookings)
    assert await couple.state() == "waiting"
    sizes = {"two": 1, "six": 1}
    await bookings.publish_cafe(sizes, OfferingTerms(options=(two, six), seating=seating))
    await replan_wishes(bookings.client.app)
    await look_around(bookings)
    path = f"/v1/orders/{await couple.offered_order()}"
    order = (await bookings.call("GET", path, token=couple.token)).json
    assert order["lines"][0]["options"] == {"six": 1}


async def test_a_party_waits_for_what_it_needs_today(bookings: Bookings) -> None:
    two = UnitOption(code="two", name=text("二人桌", "For two"), units=1, persons=2)

    def terms(minutes: int) -> OfferingTerms:
        steps = (SeatingStep(up_to_persons=10, minutes=minutes),)
        return OfferingTerms(options=(two,), seating=steps)

    await bookings.publish_cafe({"two": 1}, terms(60))
    starts = [
        {"starts_at": (at(NEXT_WEEK, 10) + timedelta(minutes=late)).isoformat()}
        for late in (30, 60)
    ]
    await sell_free(bookings, {"offering_id": str(CAFE), **starts[1], "tickets": {"adult": 2}})
    couple = await wait(bookings, starts[0], offering=CAFE)
    await bookings.publish_offering(CAFE, "table", {"table": 0}, terms(30))
    await replan_wishes(bookings.client.app)
    await look_around(bookings)
    assert await couple.state() == "offered"


async def test_what_is_off_sale_is_not_planned_anew(bookings: Bookings) -> None:
    await sell_out(bookings, 10)
    waiter = await wait(bookings)
    slot_id = bookings.slots[POTTERY, at(NEXT_WEEK, 14)]
    await bookings.hear(SlotWithdrawn(slot_id=slot_id), slot_id)
    await replan_wishes(bookings.client.app)
    await replan_wishes(bookings.client.app)
    assert (await waiter.look())["wishes"][0]["is_open"]
    await bookings.publish_slot(POTTERY, at(NEXT_WEEK, 14), 12)
    await replan_wishes(bookings.client.app)
    await pass_on(bookings)
    assert await waiter.state() == "offered"


async def test_what_changed_while_its_venue_was_withdrawn_is_planned_anew_when_it_returns(
    bookings: Bookings,
) -> None:
    two = UnitOption(code="two", name=text("二人桌", "For two"), units=1, persons=2)

    def terms(minutes: int) -> OfferingTerms:
        steps = (SeatingStep(up_to_persons=10, minutes=minutes),)
        return OfferingTerms(options=(two,), seating=steps)

    await bookings.publish_cafe({"two": 1}, terms(60))
    half_past, eleven = (at(NEXT_WEEK, 10) + timedelta(minutes=late) for late in (30, 60))
    line = {"offering_id": str(CAFE), "starts_at": eleven.isoformat(), "tickets": {"adult": 2}}
    await sell_free(bookings, line)
    couple = await wait(bookings, {"starts_at": half_past.isoformat()}, offering=CAFE)
    await bookings.publish_offering(CAFE, "table", {"table": 0}, terms(30))
    await bookings.hear(VenueWithdrawn(venue_id=VENUE), VENUE)
    await replan_wishes(bookings.client.app)
    await bookings.publish_venue()
    await replan_wishes(bookings.client.app)
    await look_around(bookings)
    assert await couple.state() == "offered"
