"""Whoever stands first and fits is offered what comes free; nobody else gets there first."""

import asyncio
from datetime import datetime, timedelta
from uuid import UUID

from services.bookings.jobs.offer_places import offer_places
from shared.contracts.terms import OfferingTerms, TicketType
from tests.bookings.village import NEXT_WEEK, POTTERY, at, camping, pottery
from tests.bookings.waitlist.waiting import (
    AT_TWO,
    buy,
    give_back,
    join,
    look_around,
    pass_on,
    sell,
    sell_out,
    wait,
)
from tests.bookings.world import Answer, Bookings

PRICES: dict[TicketType, int] = {"adult": 12800}
FIRST_TOLD = "select payload::text from outbox where type = 'waitlist.offered.v1'"
HELD_BACK = "select coalesce(sum(held_back), 0)::int from pools"


async def test_the_first_who_fits_is_offered_places_that_are_really_held(
    bookings: Bookings,
) -> None:
    *_, order = await sell_out(bookings, 7, 3)
    family, couple = await wait(bookings, adults=5), await wait(bookings)
    await give_back(bookings, order)
    await pass_on(bookings)
    assert await family.state() == "waiting"
    entry = await couple.look()
    assert (entry["state"], entry["rank"]) == ("offered", None)
    path = f"/v1/orders/{entry['offer']['order_id']}"
    held = (await bookings.call("GET", path, token=couple.token)).json
    assert (held["state"], held["contact_name"]) == ("held", "林山月")
    assert [line["persons"] for line in held["lines"]] == [2]
    assert held["hold_expires_at"] == entry["offer"]["expires_at"]
    minutes = datetime.fromisoformat(held["hold_expires_at"]) - datetime.fromisoformat(
        held["placed_at"]
    )
    assert minutes == timedelta(minutes=30)
    assert await bookings.taken("slot", NEXT_WEEK) == 9


async def test_nobody_is_passed_over_without_a_reason(bookings: Bookings) -> None:
    *_, order = await sell_out(bookings, 7, 3)
    family, couple = await wait(bookings, adults=5), await wait(bookings)
    await give_back(bookings, order)
    await pass_on(bookings)
    [skip] = (await family.look())["skips"]
    assert (skip["reason"], skip["wish"]) == ("party_larger_than_free", 0)
    assert (skip["places_free"], skip["places_needed"], skip["times"]) == (3, 5, 1)
    assert skip["text"]["en"] == "Only 3 came free, your party needs 5."
    assert skip["text"]["zh"]
    assert (await couple.look())["skips"] == []
    await pass_on(bookings)
    await look_around(bookings)
    assert [times for *_, times in await family.reasons()] == [1]


async def test_offers_are_told_without_names(bookings: Bookings) -> None:
    *_, order = await sell_out(bookings, 8, 2)
    waiter = await wait(bookings)
    await give_back(bookings, order)
    await pass_on(bookings)
    offered = UUID(await waiter.offered_order())
    told = await bookings.told()
    assert told[-2:] == [
        ("order.held.v1", offered, 1),
        ("waitlist.offered.v1", UUID(waiter.entry_id), 1),
    ]
    payload = await bookings.fetch(FIRST_TOLD)
    assert str(offered) in payload
    assert "林山月" not in payload


async def test_the_public_gets_nothing_before_those_who_wait(bookings: Bookings) -> None:
    *_, order = await sell_out(bookings, 8, 2)
    waiter = await wait(bookings)
    await give_back(bookings, order)
    early = await buy(bookings)
    assert (early.status, early.code) == (409, "pool_exhausted")
    await pass_on(bookings)
    assert await waiter.state() == "offered"
    assert (await buy(bookings)).code == "pool_exhausted"


async def test_what_nobody_in_line_can_use_is_sold_to_the_public(bookings: Bookings) -> None:
    *_, order = await sell_out(bookings, 7, 3)
    family = await wait(bookings, adults=5)
    await give_back(bookings, order)
    assert (await buy(bookings)).status == 409
    await pass_on(bookings)
    assert (await buy(bookings, adults=3)).status == 201
    assert await family.reasons() == [("party_larger_than_free", 3, 5, 1)]


async def test_if_nobody_offers_them_places_are_the_publics_after_a_while(
    bookings: Bookings,
) -> None:
    *_, order = await sell_out(bookings, 8, 2)
    await wait(bookings)
    await give_back(bookings, order)
    await bookings.execute("update pools set held_back_until = now() where held_back > 0")
    assert (await buy(bookings, adults=2)).status == 201
    await pass_on(bookings)
    assert await bookings.fetch(HELD_BACK) == 0


async def test_several_parties_are_served_from_what_comes_free_together(
    bookings: Bookings,
) -> None:
    orders = await sell_out(bookings, 4, 4, 2)
    waiters = [await wait(bookings, adults=size) for size in (3, 6, 2, 4, 1)]
    await give_back(bookings, *orders[:2])
    await pass_on(bookings)
    # Eight places: three are taken, six are too many then, two fit, four don't, one does.
    assert [await waiter.state() for waiter in waiters] == [
        "offered",
        "waiting",
        "offered",
        "waiting",
        "offered",
    ]
    assert await waiters[1].reasons() == [("party_larger_than_free", 5, 6, 1)]
    assert await waiters[3].reasons() == [("party_larger_than_free", 3, 4, 1)]
    assert (await buy(bookings, adults=2)).status == 201
    assert (await buy(bookings)).status == 409


async def test_places_add_up_for_a_party_that_was_too_large_before(bookings: Bookings) -> None:
    orders = await sell_out(bookings, 3, 2, 5)
    family = await wait(bookings, adults=5)
    await give_back(bookings, orders[0])
    await pass_on(bookings)
    await give_back(bookings, orders[1])
    await pass_on(bookings)
    assert await family.state() == "offered"


async def test_the_wish_that_is_liked_best_comes_first(bookings: Bookings) -> None:
    later = NEXT_WEEK + timedelta(days=1)
    await bookings.publish_slot(POTTERY, at(later, 14), 2)
    orders = [*await sell_out(bookings, 8, 2), *await sell(bookings, pottery(later))]
    wishes = [{"starts_at": at(later, 14).isoformat()}, AT_TWO]
    picky, other = await wait(bookings, *wishes), await wait(bookings)
    await give_back(bookings, orders[1], orders[2])
    await pass_on(bookings)
    assert (await picky.look())["offer"]["wish"] == 0
    assert (await other.look())["offer"]["wish"] == 0
    assert await bookings.taken("slot", later) == 2


async def test_who_holds_an_offer_is_passed_over_with_that_reason(bookings: Bookings) -> None:
    later = NEXT_WEEK + timedelta(days=1)
    await bookings.publish_slot(POTTERY, at(later, 14), 2)
    *_, order = await sell_out(bookings, 8, 2)
    [other_order] = await sell(bookings, pottery(later))
    both = await wait(bookings, AT_TWO, {"starts_at": at(later, 14).isoformat()})
    behind = await wait(bookings, {"starts_at": at(later, 14).isoformat()})
    await give_back(bookings, order)
    await pass_on(bookings)
    await give_back(bookings, other_order)
    await pass_on(bookings)
    assert (await both.look())["offer"]["wish"] == 0
    [skip] = (await both.look())["skips"]
    assert (skip["reason"], skip["wish"]) == ("already_holds_offer", 1)
    assert await behind.state() == "offered"


async def test_an_offer_does_not_count_among_the_unpaid_orders_that_one_may_hold(
    bookings: Bookings,
) -> None:
    *_, order = await sell_out(bookings, 8, 2)
    waiter = await wait(bookings)
    for night in range(3):
        line = camping(NEXT_WEEK + timedelta(days=night))
        assert (await bookings.order(line, token=waiter.token)).status == 201
    await give_back(bookings, order)
    await pass_on(bookings)
    assert await waiter.state() == "offered"


async def test_who_holds_an_offer_may_still_hold_three_other_orders(bookings: Bookings) -> None:
    *_, order = await sell_out(bookings, 8, 2)
    waiter = await wait(bookings)
    await give_back(bookings, order)
    await pass_on(bookings)
    lines = [camping(NEXT_WEEK + timedelta(days=night)) for night in (0, 1, 2, 0)]
    answers = [await bookings.order(line, token=waiter.token) for line in lines]
    assert [answer.status for answer in answers] == [201, 201, 201, 409]


async def test_nobody_gets_more_than_an_account_may_have_by_waiting(bookings: Bookings) -> None:
    terms = OfferingTerms(most_per_account=3)
    await bookings.publish_offering(POTTERY, "session", PRICES, terms)
    waiter_token = bookings.tokens.person()
    tokens = [waiter_token, *(bookings.tokens.person() for _ in range(4))]
    answers = [
        await bookings.order(pottery(adult=2), token=token, payment_method="on_site")
        for token in tokens
    ]
    assert (await join(bookings, token=waiter_token)).status == 201
    behind = await wait(bookings)
    path = f"/v1/orders/{answers[-1].json['order_id']}/cancellations"
    await bookings.call("POST", path, {}, token=tokens[-1])
    await pass_on(bookings)
    entries = await bookings.call("GET", "/v1/waitlist-entries", token=waiter_token)
    assert [skip["reason"] for skip in entries.json["items"][0]["skips"]] == [
        "too_many_for_account"
    ]
    assert await behind.state() == "offered"


async def test_an_offer_ends_when_it_is_too_late_to_book(bookings: Bookings) -> None:
    *_, order = await sell_out(bookings, 8, 2)
    waiter = await wait(bookings)
    await bookings.execute(
        "update waitlist_wishes set bookable_until = now() + interval '10 minutes 30 seconds'"
    )
    await give_back(bookings, order)
    await pass_on(bookings)
    offer = (await waiter.look())["offer"]
    length = datetime.fromisoformat(offer["expires_at"]) - datetime.fromisoformat(
        offer["offered_at"]
    )
    assert length == timedelta(minutes=10)


async def test_two_workers_offer_each_place_once(bookings: Bookings) -> None:
    orders = await sell_out(bookings, 1, 1, 1, 1, 1, 1, 4)
    waiters = [await wait(bookings, adults=1) for _ in range(8)]
    app = bookings.client.app
    await asyncio.gather(
        *(give_back(bookings, order) for order in orders[:6]),
        *(offer_places(app) for _ in range(4)),
    )
    await asyncio.gather(*(offer_places(app) for _ in range(4)))
    states = [await waiter.state() for waiter in waiters]
    assert states == ["offered"] * 6 + ["waiting"] * 2
    told = [subject for kind, subject, _ in await bookings.told() if kind == "waitlist.offered.v1"]
    assert len(told) == len(set(told)) == 6


async def test_a_large_release_is_offered_part_by_part_and_whole(bookings: Bookings) -> None:
    await bookings.publish_slot(POTTERY, at(NEXT_WEEK, 9), 60)
    [order, _] = await sell(bookings, *(pottery(hour=9, adult=size) for size in (20, 20)))
    await sell(bookings, pottery(hour=9, adult=20))
    nine = {"starts_at": at(NEXT_WEEK, 9).isoformat()}
    waiters = await asyncio.gather(*(wait(bookings, nine, adults=1) for _ in range(23)))
    await bookings.publish_slot(POTTERY, at(NEXT_WEEK, 9), 62)
    await give_back(bookings, order)
    await pass_on(bookings)
    states = [(await waiter.look())["state"] for waiter in waiters]
    assert (states.count("offered"), states.count("waiting")) == (22, 1)
    assert await bookings.fetch(HELD_BACK) == 0
    assert (await buy_at_nine(bookings)).status == 409


async def buy_at_nine(bookings: Bookings) -> Answer:
    token = bookings.tokens.person()
    return await bookings.order(pottery(hour=9, adult=1), token=token, payment_method="on_site")
