"""Orders placed together: from memory, in batches, and yet by what is true at that moment."""

import asyncio
from collections import Counter
from datetime import timedelta

import pytest

from services.bookings.keys import CATALOGUE_ON_SALE
from shared.contracts.terms import (
    OfferingTerms,
    RefundTerms,
    TicketPrice,
)
from shared.contracts.venues import CalendarDay, CalendarPublished, OfferingWithdrawn
from tests.bookings.village import CALENDARS, NEXT_WEEK, POTTERY, camping, pottery, text
from tests.bookings.world import Bookings

ON_SITE = {"payment_method": "on_site"}


async def test_of_two_hundred_buyers_ten_get_the_ten_seats(bookings: Bookings) -> None:
    buyers = [bookings.tokens.person() for _ in range(200)]
    answers = await asyncio.gather(
        *(bookings.order(pottery(adult=1), token=buyer, **ON_SITE) for buyer in buyers)
    )
    assert Counter(answer.status for answer in answers) == {201: 10, 409: 190}
    assert {answer.code for answer in answers if answer.status == 409} == {"pool_exhausted"}
    assert await bookings.taken("slot", NEXT_WEEK) == 10
    assert await bookings.leaks() == []


async def test_carts_in_every_order_never_wait_for_each_other_in_a_circle(
    bookings: Bookings,
) -> None:
    lines = [pottery(adult=1), camping(adult=1), camping(NEXT_WEEK + timedelta(days=1), adult=1)]
    carts = [lines[turn % 3 :] + lines[: turn % 3] for turn in range(30)]
    answers = await asyncio.gather(
        *(bookings.order(*cart, token=bookings.tokens.person(), **ON_SITE) for cart in carts)
    )
    # Five pitches a night are the least of it.
    assert Counter(answer.status for answer in answers) == {201: 5, 409: 25}
    assert await bookings.leaks() == []


async def test_a_large_order_that_is_refused_refuses_no_small_one(bookings: Bookings) -> None:
    large = [bookings.order(pottery(adult=11), token=bookings.tokens.person(), **ON_SITE)]
    small = [
        bookings.order(pottery(adult=2), token=bookings.tokens.person(), **ON_SITE)
        for _ in range(5)
    ]
    answers = await asyncio.gather(*large, *small)
    assert [answer.status for answer in answers] == [409] + [201] * 5


async def test_the_same_tap_many_times_at_once_is_one_order(bookings: Bookings) -> None:
    answers = await asyncio.gather(
        *(bookings.order(pottery(), key="one-tap", **ON_SITE) for _ in range(20))
    )
    placed = {answer.json["order_id"] for answer in answers if answer.status == 201}
    assert len(placed) == 1
    assert {answer.code for answer in answers if answer.status != 201} <= {"request_in_flight"}
    assert await bookings.taken("slot", NEXT_WEEK) == 2


async def test_a_repeated_order_shows_what_became_of_it(bookings: Bookings) -> None:
    first = await bookings.order(pottery(), key="tap")
    path = f"/v1/orders/{first.json['order_id']}/cancellations"
    await bookings.call("POST", path, token=bookings.visitor)
    again = await bookings.order(pottery(), key="tap")
    assert (again.status, again.json["state"]) == (201, "cancelled")
    assert again.headers["Idempotency-Replayed"] == "true"
    other = await bookings.order(pottery(adult=3), key="tap")
    assert (other.status, other.code) == (422, "idempotency_key_reused")


async def test_a_remembered_price_is_not_sold_once_it_has_changed(bookings: Bookings) -> None:
    await bookings.order(pottery(adult=1), **ON_SITE)
    await bookings.publish_offering(POTTERY, "session", {"adult": 15000})
    answer = await bookings.order(pottery(adult=1), expected_total_fen=12800, **ON_SITE)
    assert (answer.status, answer.code) == (409, "price_changed")
    assert answer.json["total_fen"] == 15000
    answer = await bookings.order(pottery(adult=1), expected_total_fen=15000, **ON_SITE)
    assert (answer.status, answer.json["total_fen"]) == (201, 15000)


async def test_what_is_remembered_but_withdrawn_is_not_sold(bookings: Bookings) -> None:
    await bookings.order(pottery(adult=1), **ON_SITE)
    await bookings.hear(OfferingWithdrawn(offering_id=POTTERY), POTTERY)
    answer = await bookings.order(pottery(adult=1), **ON_SITE)
    assert (answer.status, answer.code) == (409, "offering_not_on_sale")


async def publish_holiday(bookings: Bookings) -> None:
    year = NEXT_WEEK.year
    holiday = CalendarDay(day=NEXT_WEEK, day_type="holiday", name=text("节", "Holiday"))
    event = CalendarPublished(
        calendar_id=CALENDARS[year], year=year, source="test", days=(holiday,)
    )
    await bookings.hear(event, CALENDARS[year])


async def test_a_decree_that_makes_a_day_a_holiday_changes_its_price_at_once(
    bookings: Bookings,
) -> None:
    usual = TicketPrice(ticket_type="adult", fen=10000)
    holiday = TicketPrice(ticket_type="adult", fen=20000, day_type="holiday")
    await bookings.publish_offering(POTTERY, "session", [usual, holiday])
    before = await bookings.order(pottery(adult=1), **ON_SITE)
    await publish_holiday(bookings)
    after = await bookings.order(pottery(adult=1), **ON_SITE)
    assert [before.json["total_fen"], after.json["total_fen"]] == [10000, 20000]
    assert after.json["lines"][0]["day_type"] == "holiday"
    [item] = after.json["lines"][0]["breakdown"]
    assert (item["kind"], item["quantity"], item["unit_fen"]) == ("tickets", 1, 20000)


async def test_a_year_that_was_not_decreed_is_refused_and_not_guessed(bookings: Bookings) -> None:
    await bookings.order(pottery(adult=1), **ON_SITE)
    await bookings.execute("delete from calendar_years")
    answer = await bookings.order(pottery(adult=1), **ON_SITE)
    assert (answer.status, answer.code) == (409, "calendar_year_unknown")
    assert answer.json["year"] == NEXT_WEEK.year
    shown = await bookings.call(
        "GET",
        "/v1/availability",
        params={"offering": str(POTTERY), "from": str(NEXT_WEEK), "to": str(NEXT_WEEK)},
    )
    assert shown.json["items"] == []


async def test_an_account_books_no_more_people_into_a_slot_than_it_may(bookings: Bookings) -> None:
    await bookings.publish_offering(
        POTTERY, "session", {"adult": 12800}, OfferingTerms(most_per_account=4)
    )
    answers = await asyncio.gather(
        *(bookings.order(pottery(adult=2), **ON_SITE) for _ in range(4)),
    )
    assert Counter(answer.status for answer in answers) == {201: 2, 409: 2}
    assert {a.code for a in answers if a.status == 409} == {"too_many_for_account"}
    other = await bookings.order(pottery(adult=4), token=bookings.tokens.person(), **ON_SITE)
    assert other.status == 201


async def test_what_is_not_refundable_is_only_sold_to_who_says_yes_to_that(
    bookings: Bookings,
) -> None:
    terms = OfferingTerms(refunds=RefundTerms(non_refundable=True))
    await bookings.publish_offering(POTTERY, "session", {"adult": 12800}, terms)
    refused = await bookings.order(pottery(adult=1), **ON_SITE)
    assert (refused.status, refused.code) == (409, "no_refund_not_accepted")
    answer = await bookings.order(pottery(adult=1), accepts_no_refund=True, **ON_SITE)
    assert answer.status == 201


async def test_a_repetition_hears_its_answer_whatever_has_changed_since(
    bookings: Bookings,
) -> None:
    first = await bookings.order(pottery(adult=1), key="again", expected_total_fen=12800, **ON_SITE)
    await bookings.publish_offering(POTTERY, "session", {"adult": 15000})
    bookings.client.app[CATALOGUE_ON_SALE]._planned.clear()  # noqa: SLF001 - another process's
    again = await bookings.order(pottery(adult=1), key="again", expected_total_fen=12800, **ON_SITE)
    assert (again.status, again.json["order_id"]) == (201, first.json["order_id"])
    await bookings.hear(OfferingWithdrawn(offering_id=POTTERY), POTTERY)
    again = await bookings.order(pottery(adult=1), key="again", expected_total_fen=12800, **ON_SITE)
    assert (again.status, again.json["order_id"]) == (201, first.json["order_id"])


async def test_an_order_whose_code_exists_gets_another_one(
    bookings: Bookings, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = await bookings.order(pottery(adult=1), **ON_SITE)
    codes = iter([first.json["code"], "7K4Q-M2XP"])
    monkeypatch.setattr("services.bookings.features.place_order.order_code", lambda: next(codes))
    second = await bookings.order(pottery(adult=1), **ON_SITE)
    assert (second.status, second.json["code"]) == (201, "7K4Q-M2XP")


async def test_of_two_orders_with_one_new_code_each_gets_its_own(
    bookings: Bookings, monkeypatch: pytest.MonkeyPatch
) -> None:
    codes = iter(["7K4Q-M2XP", "7K4Q-M2XP", "0000-0000"])
    monkeypatch.setattr("services.bookings.features.place_order.order_code", lambda: next(codes))
    answers = await asyncio.gather(
        *(bookings.order(pottery(adult=1), token=bookings.tokens.person(), **ON_SITE) for _ in "ab")
    )
    assert sorted(answer.json["code"] for answer in answers) == ["0000-0000", "7K4Q-M2XP"]


async def test_an_order_that_is_refused_uses_up_nothing_of_its_accounts_limit(
    bookings: Bookings,
) -> None:
    terms = OfferingTerms(most_per_account=4)
    await bookings.publish_offering(POTTERY, "session", {"adult": 12800}, terms)
    answers = await asyncio.gather(
        *(bookings.order(pottery(adult=persons), **ON_SITE) for persons in (5, 3, 2, 1))
    )
    assert answers[0].status == 409
    # Whichever of the others came first: three and one, or two and one.
    assert await bookings.taken("slot", NEXT_WEEK) in (3, 4)
