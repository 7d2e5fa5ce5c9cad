"""Joining the waiting list."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from shared.contracts.terms import OfferingTerms, RefundTerms, TicketType
from shared.contracts.venues import OfferingWithdrawn
from tests.bookings.village import (
    CAMPING,
    MARKET,
    NEXT_WEEK,
    POTTERY,
    Json,
    at,
    camping,
    pottery,
    today_here,
)
from tests.bookings.waitlist.waiting import (
    AT_TWO,
    give_back,
    join,
    look_around,
    pass_on,
    sell,
    sell_out,
    wait,
    wish_list,
)
from tests.bookings.world import Bookings

PRICES: dict[TicketType, int] = {"adult": 12800}


async def test_a_party_waits_for_what_is_full_behind_those_who_came_before(
    bookings: Bookings,
) -> None:
    await sell_out(bookings, 10)
    first, second = await wait(bookings), await wait(bookings, adults=4)
    entry = await second.look()
    assert (entry["state"], entry["rank"], entry["persons"]) == ("waiting", 1, 4)
    assert entry["offering_name"]["en"] == "Pottery"
    assert entry["contact_name"] == "林山月"
    assert (entry["offer"], entry["skips"]) == (None, [])
    [wish] = entry["wishes"]
    assert (wish["position"], wish["is_open"], wish["date"]) == (0, True, None)
    assert (await first.look())["rank"] == 0


async def test_only_who_wants_the_same_slots_stands_before_another(bookings: Bookings) -> None:
    days = [NEXT_WEEK + timedelta(days=number) for number in range(3)]
    await bookings.publish_slot(POTTERY, at(days[1], 14), 2)
    await bookings.publish_slot(POTTERY, at(days[2], 14), 2)
    await sell_out(bookings, 10)
    await sell(bookings, pottery(days[1]), pottery(days[2]))
    wishes = [{"starts_at": at(day, 14).isoformat()} for day in days]
    both = await wait(bookings, wishes[0], wishes[1])
    other = await wait(bookings, wishes[2])
    last = await wait(bookings, wishes[1])
    assert [(await one.look())["rank"] for one in (both, other, last)] == [0, 0, 1]


async def test_what_has_room_can_be_booked_and_is_not_waited_for(bookings: Bookings) -> None:
    later = NEXT_WEEK + timedelta(days=1)
    await bookings.publish_slot(POTTERY, at(later, 14), 3)
    await sell_out(bookings, 10)
    roomy = {"starts_at": at(later, 14).isoformat()}
    answer = await join(bookings, AT_TWO, roomy, adults=3)
    assert (answer.status, answer.code) == (409, "places_left")
    assert (answer.json["wish"], answer.json["day"]) == (1, later.isoformat())
    assert (await join(bookings, AT_TWO, roomy, adults=4)).status == 201


async def test_a_party_can_wait_where_fewer_places_are_left_than_it_needs(
    bookings: Bookings,
) -> None:
    await sell(bookings, pottery(adult=7))
    assert (await join(bookings, adults=3)).code == "places_left"
    assert (await join(bookings, adults=4)).status == 201


async def test_a_full_village_is_waited_for_too(bookings: Bookings) -> None:
    await bookings.publish_village(day_capacity=3)
    await sell(bookings, pottery(adult=2))
    assert (await join(bookings, adults=1)).code == "places_left"
    assert (await join(bookings, adults=2)).status == 201


async def test_what_can_not_be_booked_can_not_be_waited_for(bookings: Bookings) -> None:
    yesterday = today_here() - timedelta(days=1)
    next_year = at(today_here().replace(year=today_here().year + 3, day=1), 14)
    await bookings.publish_slot(POTTERY, at(yesterday, 14), 1)
    await bookings.publish_slot(POTTERY, next_year, 1)
    refused: list[tuple[list[Json], Json, int, str]] = [
        ([{"starts_at": at(yesterday, 14).isoformat()}], {}, 409, "slot_not_available"),
        ([{"starts_at": at(NEXT_WEEK, 9).isoformat()}], {}, 409, "slot_not_available"),
        ([{"starts_at": next_year.isoformat()}], {}, 409, "calendar_year_unknown"),
        ([AT_TWO], {"offering": uuid4()}, 409, "offering_not_on_sale"),
        ([{"date": NEXT_WEEK.isoformat(), "nights": 1}], {}, 422, "line_time_mismatch"),
        ([AT_TWO], {"adults": 21}, 422, "party_size_unfit"),
        ([AT_TWO], {"tickets": {"senior": 1}}, 422, "ticket_type_unknown"),
        ([AT_TWO], {"tickets": {"child": 1}}, 422, "adult_needed"),
        ([AT_TWO], {"option": "lake"}, 422, "option_unknown"),
    ]
    await sell_out(bookings, 10)
    for wishes, fields, status, code in refused:
        answer = await join(bookings, *wishes, **fields)
        assert (answer.status, answer.code) == (status, code)


async def test_a_closed_offering_is_not_waited_for(bookings: Bookings) -> None:
    await sell_out(bookings, 10)
    await bookings.hear(OfferingWithdrawn(offering_id=POTTERY), POTTERY)
    answer = await join(bookings)
    assert (answer.status, answer.code) == (409, "offering_not_on_sale")


async def test_what_is_never_refunded_needs_a_second_yes_here_too(bookings: Bookings) -> None:
    terms = OfferingTerms(refunds=RefundTerms(non_refundable=True))
    await bookings.publish_offering(POTTERY, "session", PRICES, terms)
    await bookings.order(pottery(adult=10), payment_method="on_site", accepts_no_refund=True)
    assert (await join(bookings)).code == "no_refund_not_accepted"
    assert (await join(bookings, accepts_no_refund=True)).status == 201


async def test_nobody_stands_in_one_line_twice(bookings: Bookings) -> None:
    await sell_out(bookings, 10)
    token = bookings.tokens.person()
    assert (await join(bookings, token=token)).status == 201
    again = await join(bookings, token=token, adults=3)
    assert (again.status, again.code) == (409, "already_waiting")
    assert (again.json["wish"], again.json["day"]) == (0, NEXT_WEEK.isoformat())


async def test_a_day_and_its_beginning_are_the_same_wish(bookings: Bookings) -> None:
    await bookings.publish_offering(MARKET, "entry", PRICES)
    await bookings.publish_slot(MARKET, at(NEXT_WEEK, 9), 2)
    line = {"offering_id": str(MARKET), "date": NEXT_WEEK.isoformat(), "tickets": {"adult": 2}}
    await sell(bookings, line)
    by_day, by_time = {"date": NEXT_WEEK.isoformat()}, {"starts_at": at(NEXT_WEEK, 9).isoformat()}
    answer = await join(bookings, by_day, by_time, offering=MARKET)
    assert (answer.status, answer.code, answer.json["wish"]) == (409, "already_waiting", 1)


async def test_an_account_waits_for_five_things_at_most(bookings: Bookings) -> None:
    wishes = []
    for hour in range(9, 17):
        await bookings.publish_slot(POTTERY, at(NEXT_WEEK, hour), 1)
        await sell(bookings, pottery(NEXT_WEEK, hour, adult=1))
        wishes.append({"starts_at": at(NEXT_WEEK, hour).isoformat()})
    token = bookings.tokens.person()
    answers = await asyncio.gather(*(join(bookings, wish, token=token) for wish in wishes))
    assert sorted(answer.status for answer in answers) == [201] * 5 + [409] * 3
    refused = [answer for answer in answers if answer.status == 409]
    assert {answer.code for answer in refused} == {"too_many_waitlist_entries"}
    assert {answer.json["most"] for answer in refused} == {5}


async def test_a_repeated_request_joins_once(bookings: Bookings) -> None:
    await sell_out(bookings, 10)
    token = bookings.tokens.person()
    answers = await asyncio.gather(*(join(bookings, token=token, key="tap") for _ in range(10)))
    assert {answer.status for answer in answers} <= {201, 409}
    assert len({answer.json["entry_id"] for answer in answers if answer.status == 201}) == 1
    again = await join(bookings, token=token, key="tap")
    assert (again.status, again.headers["Idempotency-Replayed"]) == (201, "true")
    other = await join(bookings, token=token, key="tap", adults=3)
    assert (other.status, other.code) == (422, "idempotency_key_reused")


async def test_fifty_who_join_at_once_stand_in_one_line(bookings: Bookings) -> None:
    await sell_out(bookings, 10)
    waiters = await asyncio.gather(*(wait(bookings, adults=1 + n % 3) for n in range(50)))
    ranks = [(await waiter.look())["rank"] for waiter in waiters]
    assert sorted(ranks) == list(range(50))


async def test_whoever_joins_while_places_come_back_finds_them_or_is_offered_them(
    bookings: Bookings,
) -> None:
    token = bookings.tokens.person()
    await sell_out(bookings, 8, 2)
    for _ in range(8):
        [order] = await bookings.fetch_rows(
            "select order_id from order_lines where claim_state = 'kept' and persons = 2"
        )
        joined, _ = await asyncio.gather(
            join(bookings, token=token), give_back(bookings, str(order["order_id"]))
        )
        assert joined.status == 201 or joined.code == "places_left"
        await pass_on(bookings)
        if joined.status == 201:
            path = f"/v1/waitlist-entries/{joined.json['entry_id']}"
            entry = await bookings.call("GET", path, token=token)
            assert entry.json["state"] == "offered"
            await bookings.call("POST", f"{path}/withdrawals", {}, token=token)
            await pass_on(bookings)
        await sell(bookings, pottery(adult=2))


@pytest.mark.parametrize(
    "body",
    [
        {"wishes": []},
        {"wishes": [AT_TWO, AT_TWO]},
        {"wishes": [{"starts_at": at(NEXT_WEEK, hour).isoformat()} for hour in range(11)]},
        {"wishes": [{}]},
        {"wishes": [{"nights": 1}]},
        {"wishes": [{**AT_TWO, "nights": 1}]},
        {"wishes": [{**AT_TWO, "date": NEXT_WEEK.isoformat()}]},
        {"wishes": [{"starts_at": "2026-11-28T14:00:00"}]},
        {"wishes": [{"date": "2026-02-30", "nights": 1}]},
        *({"tickets": {"adult": count}} for count in (0, -1, True, 1.0, "1", 2**63, 1001)),
        {"tickets": {}},
        {"tickets": {"adult": 600, "child": 600}},
        {"contact": {"name": ""}},
        {"contact": {"name": "林", "phone": "12"}},
        {"contact": {}},
        {"keep_waiting": "yes"},
        {"keep_waiting": 1},
        {"rank": 0},
        {"state": "offered"},
    ],
)
async def test_a_request_that_makes_no_sense_is_refused(bookings: Bookings, body: Json) -> None:
    whole = {**wish_list(), **body}
    answer = await bookings.call(
        "POST", "/v1/waitlist-entries", whole, token=bookings.visitor, key="k"
    )
    assert (answer.status, answer.code) == (422, "invalid_request")
    assert await bookings.fetch("select count(*) from waitlist_entries") == 0


async def test_waiting_needs_an_account_and_a_key(bookings: Bookings) -> None:
    path: Any = "/v1/waitlist-entries"
    nobody = await bookings.call("POST", path, wish_list(), key="k")
    assert (nobody.status, nobody.code) == (401, "not_signed_in")
    keyless = await bookings.call("POST", path, wish_list(), token=bookings.visitor)
    assert (keyless.status, keyless.code) == (400, "idempotency_key_required")


async def test_a_stay_waits_for_every_night_that_is_full(bookings: Bookings) -> None:
    second = NEXT_WEEK + timedelta(days=1)
    await sell(bookings, camping(second, adult=20))
    wish = {"date": NEXT_WEEK.isoformat(), "nights": 2}
    assert (await join(bookings, {**wish, "nights": 1}, offering=CAMPING)).code == "places_left"
    assert (await join(bookings, wish, offering=CAMPING)).status == 201


async def test_no_name_and_no_number_is_kept_in_the_clear_or_told(bookings: Bookings) -> None:
    [*_, order] = await sell_out(bookings, 8, 2)
    waiter = await wait(bookings)
    await give_back(bookings, order)
    await pass_on(bookings)
    assert await waiter.state() == "offered"
    await look_around(bookings)
    kept = [
        *await bookings.fetch_rows("select response::text from idempotency_keys"),
        *await bookings.fetch_rows("select payload::text from outbox"),
        *await bookings.fetch_rows("select encode(contact_sealed, 'escape') from waitlist_entries"),
    ]
    assert kept
    for row in kept:
        assert row[0] is None or ("林山月" not in row[0] and "13900001234" not in row[0])
