"""A line becomes another date or party: all of it or nothing, and only what differs moves."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from services.bookings.jobs.expire_holds import expire_holds
from shared.contracts.terms import OfferingTerms, RefundTerms, TableJoin, UnitOption
from tests.bookings.life.stage import ADULT, Life, hour, line_of, weekend, without_own
from tests.bookings.world import (
    CAFE,
    CAMPING,
    NEXT_WEEK,
    POTTERY,
    VENUE,
    WALK,
    Answer,
    at,
    camping,
    pottery,
    text,
)

DAY_AFTER = NEXT_WEEK + timedelta(days=1)


async def also_on_the_day_after(life: Life, seats: int = 10) -> str:
    """Publish pottery on the day after, and return when it begins."""
    await life.bookings.publish_slot(POTTERY, at(DAY_AFTER, 14), seats)
    return hour(14, DAY_AFTER)


def refused(answer: Answer) -> tuple[int, str, Any]:
    return answer.status, answer.code, answer.json.get("reason")


async def test_another_date_takes_the_place_of_the_first(life: Life) -> None:
    later = await also_on_the_day_after(life)
    order = await life.ordered(pottery(), camping())
    answer = await life.change(order["order_id"], line_of(order), starts_at=later)
    assert answer.status == 201, answer.json
    after = answer.json["order"]
    old, _, new = after["lines"]
    assert (old["left_as"], new["left_as"], new["state"]) == ("changed", None, "kept")
    assert (new["replaces_line_id"], new["tickets"]) == (old["line_id"], {"adult": 2})
    assert answer.json["line_id"] == new["line_id"]
    assert (answer.json["difference_fen"], answer.json["pay_until"]) == (0, None)
    assert await life.bookings.taken("slot", NEXT_WEEK) == 1
    assert await life.bookings.taken("slot", DAY_AFTER) == 2
    told = (await life.events(order["order_id"]))[-1]
    assert (told["type"], told["replaced_line_id"], told["line"]["line_id"]) == (
        "order.line_changed.v1",
        old["line_id"],
        new["line_id"],
    )


async def test_the_tickets_of_the_earlier_line_let_nobody_in(life: Life) -> None:
    later = await also_on_the_day_after(life)
    order = await life.ordered()
    answer = await life.change(order["order_id"], line_of(order), starts_at=later)
    tickets = (await life.call("GET", order["order_id"], "/tickets")).json["items"]
    by_line = {(ticket["line_id"], ticket["state"]) for ticket in tickets}
    assert by_line == {(line_of(order), "cancelled"), (answer.json["line_id"], "valid")}
    assert (await life.check_in(line_of(order))).code == "ticket_cancelled"
    assert (await life.check_in(answer.json["line_id"])).status == 201


async def test_a_party_can_shrink_in_what_is_full(life: Life) -> None:
    order = await life.ordered(pottery(adult=4))
    await life.ordered(pottery(adult=6))
    answer = await life.change(order["order_id"], line_of(order), tickets={"adult": 3})
    assert answer.status == 201, answer.json
    assert (answer.json["difference_fen"], answer.json["order"]["total_fen"]) == (
        -ADULT,
        3 * ADULT,
    )
    assert await life.bookings.taken("slot") == 9
    assert await life.balances(order["order_id"]) == {
        "receivable": 3 * ADULT,
        "sales": -3 * ADULT,
    }


async def test_a_party_can_shrink_where_the_limit_was_lowered_below_what_is_taken(
    life: Life,
) -> None:
    order = await life.ordered(pottery(adult=4))
    await life.bookings.publish_slot(POTTERY, at(NEXT_WEEK, 14), 2)
    answer = await life.change(order["order_id"], line_of(order), tickets={"adult": 3})
    assert answer.status == 201, answer.json
    grown = await life.change(order["order_id"], answer.json["line_id"], tickets={"adult": 4})
    assert (grown.code, grown.json["left"]) == ("pool_exhausted", 3)
    assert await life.bookings.taken("slot") == 3


async def test_children_become_adults_in_what_is_full(life: Life) -> None:
    order = await life.ordered(pottery(adult=1, child=3))
    await life.ordered(pottery(adult=6))
    answer = await life.change(order["order_id"], line_of(order), tickets={"adult": 4})
    assert (answer.status, await life.bookings.taken("slot")) == (201, 10)


async def test_a_stay_shifts_by_a_night_where_the_shared_night_is_full(life: Life) -> None:
    order = await life.ordered(weekend(2))
    for _ in range(4):
        await life.ordered(camping(DAY_AFTER), token=life.bookings.tokens.person())
    answer = await life.change(
        order["order_id"], line_of(order), date=DAY_AFTER.isoformat(), nights=2
    )
    assert answer.status == 201, answer.json
    nights = [await life.bookings.taken("slot", NEXT_WEEK + timedelta(days=n)) for n in range(3)]
    assert nights == [0, 5, 1]
    assert answer.json["order"]["lines"][1]["nights"] == 2


async def test_what_is_left_out_stays_as_it_is(life: Life) -> None:
    order = await life.ordered(weekend(2))
    answer = await life.change(order["order_id"], line_of(order), nights=3)
    line = answer.json["order"]["lines"][1]
    assert (line["day"], line["nights"], line["tickets"]) == (
        NEXT_WEEK.isoformat(),
        3,
        {"adult": 2},
    )


async def test_the_new_line_costs_todays_price_under_todays_terms(life: Life) -> None:
    order = await life.ordered(pottery(adult=2))
    await life.bookings.publish_offering(POTTERY, "session", {"adult": 10000})
    answer = await life.change(order["order_id"], line_of(order), tickets={"adult": 3})
    assert (answer.json["price_fen"], answer.json["difference_fen"]) == (30000, 30000 - 2 * ADULT)
    assert answer.json["order"]["total_fen"] == 30000


async def test_a_held_order_keeps_its_hold(life: Life) -> None:
    order = await life.held(pottery(), camping())
    answer = await life.change(order["order_id"], line_of(order), tickets={"adult": 4})
    after = answer.json["order"]
    assert (after["state"], after["hold_expires_at"]) == ("held", order["hold_expires_at"])
    assert (after["total_fen"], answer.json["pay_until"]) == (4 * ADULT + 19900, None)
    assert [event["type"] for event in await life.events(order["order_id"])] == ["order.held.v1"]
    await life.pay(order["order_id"])
    told = (await life.events(order["order_id"]))[-1]
    assert {line["line_id"] for line in told["lines"]} == {
        line_of(order, 1),
        answer.json["line_id"],
    }


async def test_a_changed_hold_expires_with_all_its_places(life: Life) -> None:
    order = await life.held(pottery())
    await life.change(order["order_id"], line_of(order), tickets={"adult": 4})
    await life.bookings.execute("update orders set hold_expires_at = now() - interval '1 s'")
    late = await life.change(order["order_id"], line_of(order), tickets={"adult": 3})
    assert refused(late) == (409, "line_not_changeable", "changed")
    await expire_holds(life.bookings.client.app)
    assert await life.bookings.taken("slot") == 0


async def test_a_hold_whose_time_is_over_changes_no_more(life: Life) -> None:
    order = await life.held(pottery())
    await life.bookings.execute("update orders set hold_expires_at = now() - interval '1 s'")
    for _ in range(2):
        answer = await life.change(order["order_id"], line_of(order), tickets={"adult": 3})
        assert (answer.status, answer.code) == (409, "hold_expired")
        await expire_holds(life.bookings.client.app)


async def test_a_table_grows_into_a_larger_one_and_stays_where_it_fits(life: Life) -> None:
    sizes = {"two": 1, "four": 1}
    terms = OfferingTerms(
        options=(
            UnitOption(code="two", name=text("两人桌", "for two"), units=1, persons=2),
            UnitOption(code="four", name=text("四人桌", "for four"), units=1, persons=4),
        ),
        joins=(TableJoin(options=("two", "four"), persons=6),),
    )
    await life.bookings.publish_cafe(sizes, terms)
    table = {"offering_id": str(CAFE), "starts_at": hour(10), "tickets": {"adult": 2}}
    order = await life.ordered(table, payment_method="free")
    assert order["lines"][0]["options"] == {"two": 1}
    line_id = line_of(order)
    for adults, options in ((1, {"two": 1}), (3, {"four": 1}), (6, {"two": 1, "four": 1})):
        answer = await life.change(order["order_id"], line_id, tickets={"adult": adults})
        assert answer.status == 201, answer.json
        line_id = answer.json["line_id"]
        [line] = [one for one in answer.json["order"]["lines"] if one["line_id"] == line_id]
        assert (line["options"], line["persons"]) == (options, adults)


async def test_too_few_places_change_nothing(life: Life) -> None:
    later = await also_on_the_day_after(life, seats=3)
    order = await life.ordered(pottery(adult=4))
    before = await life.order(order["order_id"])
    answer = await life.change(order["order_id"], line_of(order), starts_at=later)
    assert (answer.status, answer.code, answer.json["left"]) == (409, "pool_exhausted", 3)
    await life.ordered(pottery(adult=5))
    answer = await life.change(order["order_id"], line_of(order), tickets={"adult": 6})
    assert (answer.status, answer.code, answer.json["left"]) == (409, "pool_exhausted", 5)
    assert await life.order(order["order_id"]) == before


async def test_a_full_village_takes_no_larger_party(life: Life) -> None:
    order = await life.ordered(pottery(adult=4))
    await life.bookings.publish_village(day_capacity=5)
    answer = await life.change(order["order_id"], line_of(order), tickets={"adult": 6})
    assert (answer.status, answer.code, answer.json["left"]) == (409, "day_is_full", 5)
    assert (
        await life.change(order["order_id"], line_of(order), tickets={"adult": 5})
    ).status == 201


async def test_nobody_who_waits_is_passed_over(life: Life) -> None:
    """Places that are kept for the waiting list are no room for a party that grows."""
    order = await life.ordered(pottery(adult=4))
    await life.bookings.execute(
        "update pools set held_back = 6, held_back_until = now() + interval '1 min' where id = ("
        " select pool_ids[1] from order_lines where line_id = $1)",
        UUID(line_of(order)),
    )
    grown = await life.change(order["order_id"], line_of(order), tickets={"adult": 5})
    assert (grown.code, grown.json["left"]) == ("pool_exhausted", 4)
    shrunk = await life.change(order["order_id"], line_of(order), tickets={"adult": 3})
    assert shrunk.status == 201


async def test_the_rules_of_parties_nights_and_caps_hold(life: Life) -> None:
    await life.bookings.publish_offering(
        CAMPING, "stay", {"pitch": 19900}, OfferingTerms(nights_least=2, nights_most=2)
    )
    await life.bookings.publish_offering(
        POTTERY,
        "session",
        {"adult": ADULT, "child": 6800},
        OfferingTerms(party_most=5, most_per_account=6),
    )
    order = await life.ordered(pottery(adult=2), weekend(2))
    await life.ordered(pottery(adult=2))
    pot, tent = line_of(order), line_of(order, 1)
    order_id = order["order_id"]
    for answer, code in (
        (await life.change(order_id, pot, tickets={"child": 2}), "adult_needed"),
        (await life.change(order_id, pot, tickets={"adult": 6}), "party_size_unfit"),
        (await life.change(order_id, pot, tickets={"senior": 2}), "ticket_type_unknown"),
        (await life.change(order_id, pot, tickets={"adult": 5}), "too_many_for_account"),
        (await life.change(order_id, tent, nights=3), "nights_unfit"),
        (await life.change(order_id, tent, starts_at=hour(15)), "line_time_mismatch"),
        (await life.change(order_id, tent, option="lake"), "option_unknown"),
        (await life.change(order_id, pot, date=DAY_AFTER.isoformat()), "line_time_mismatch"),
        (await life.change(order_id, pot, starts_at=hour(3)), "slot_not_available"),
    ):
        assert answer.code == code, answer.json
    assert (await life.change(order_id, pot, tickets={"adult": 4})).status == 201


async def test_an_offering_that_is_not_on_sale_takes_no_change(life: Life) -> None:
    order = await life.ordered(pottery())
    await life.bookings.execute("update offerings set on_sale = false")
    answer = await life.change(order["order_id"], line_of(order), tickets={"adult": 1})
    assert (answer.status, answer.code) == (409, "offering_not_on_sale")


async def test_what_stays_as_it_is_is_no_change(life: Life) -> None:
    order = await life.ordered(pottery(), weekend(1))
    for fields in ({}, {"tickets": {"adult": 2}}, {"starts_at": hour(14)}):
        answer = await life.change(order["order_id"], line_of(order), **fields)
        assert (answer.status, answer.code) == (422, "nothing_to_change")
    answer = await life.change(
        order["order_id"], line_of(order, 1), date=NEXT_WEEK.isoformat(), nights=1
    )
    assert (answer.status, answer.code) == (422, "nothing_to_change")


async def test_another_difference_than_was_shown_is_refused(life: Life) -> None:
    order = await life.ordered(pottery(adult=2))
    change = {"tickets": {"adult": 3}}
    for seen in (0, -ADULT, ADULT + 1):
        answer = await life.change(
            order["order_id"], line_of(order), expected_difference_fen=seen, **change
        )
        assert (answer.status, answer.code, answer.json["difference_fen"]) == (
            409,
            "difference_changed",
            ADULT,
        )
    answer = await life.change(
        order["order_id"], line_of(order), expected_difference_fen=ADULT, **change
    )
    assert answer.status == 201


async def test_what_can_not_be_refunded_needs_a_second_yes(life: Life) -> None:
    await life.terms(RefundTerms(non_refundable=True))
    order = await life.ordered(pottery(), accepts_no_refund=True)
    change = {"tickets": {"adult": 3}}
    answer = await life.change(order["order_id"], line_of(order), **change)
    assert (answer.status, answer.code) == (409, "no_refund_not_accepted")
    answer = await life.change(order["order_id"], line_of(order), accepts_no_refund=True, **change)
    assert answer.status == 201


async def test_what_began_or_was_used_or_is_gone_stays(life: Life) -> None:
    begun, used = await life.ordered(pottery()), await life.ordered(pottery())
    gone = await life.ordered(pottery(), camping())
    ended = await life.ordered(pottery(adult=1))
    await life.starts_in(line_of(begun), minutes=-1)
    await life.check_in(line_of(used))
    await life.cancel(gone["order_id"], line_of(gone))
    await life.cancel(ended["order_id"])
    for order, reason in (
        (begun, "begun"),
        (used, "checked_in"),
        (gone, "cancelled"),
        (ended, "cancelled"),
    ):
        answer = await life.change(order["order_id"], line_of(order), tickets={"adult": 3})
        assert refused(answer) == (409, "line_not_changeable", reason)


async def test_a_line_is_changed_once_and_its_successor_again(life: Life) -> None:
    order = await life.ordered(pottery(adult=2))
    first = await life.change(order["order_id"], line_of(order), tickets={"adult": 3})
    again = await life.change(order["order_id"], line_of(order), tickets={"adult": 4})
    assert refused(again) == (409, "line_not_changeable", "changed")
    answer = await life.change(order["order_id"], first.json["line_id"], tickets={"adult": 4})
    assert answer.json["order"]["total_fen"] == 4 * ADULT
    stale = await life.cancel(order["order_id"], line_of(order))
    assert (stale.code, stale.json["reason"]) == ("order_not_cancellable", "changed")


async def test_a_line_of_somebody_else_or_of_another_order_is_not_found(life: Life) -> None:
    order, other = await life.ordered(), await life.ordered()
    stranger = life.bookings.tokens.person()
    change = {"tickets": {"adult": 3}}
    theirs = await life.change(order["order_id"], line_of(order), token=stranger, **change)
    missing = await life.change(str(uuid4()), line_of(order), token=stranger, **change)
    assert theirs.status == 404
    assert without_own(theirs) == without_own(missing)
    mixed = await life.change(order["order_id"], line_of(other), **change)
    assert (mixed.status, mixed.code) == (404, "not_found")


@pytest.mark.parametrize(
    "fields",
    [
        {"tickets": {"adult": 0}},
        {"tickets": {"adult": -1}},
        {"tickets": {"adult": True}},
        {"tickets": {"adult": 1.0}},
        {"tickets": {"adult": "1"}},
        {"tickets": {"adult": 2**63}},
        {"tickets": {"dog": 1}},
        {"tickets": {}},
        {"nights": 0},
        {"nights": 10_000},
        {"starts_at": hour(14), "date": NEXT_WEEK.isoformat()},
        {"starts_at": "tomorrow"},
        {"date": "2026-02-30"},
        {"option": "UPPER"},
        {"expected_difference_fen": "1"},
        {"expected_difference_fen": 2**63},
        {"accepts_no_refund": 1},
        {"price_fen": 1},
    ],
    ids=str,
)
async def test_what_makes_no_sense_is_refused(life: Life, fields: Any) -> None:
    order = await life.ordered()
    answer = await life.change(order["order_id"], line_of(order), **fields)
    assert (answer.status, answer.code) == (422, "invalid_request")


async def test_a_repeated_request_has_its_answer_and_changes_nothing(life: Life) -> None:
    order = await life.ordered(pottery(adult=2))
    change = {"tickets": {"adult": 3}, "key": "once"}
    first = await life.change(order["order_id"], line_of(order), **change)
    again = await life.change(order["order_id"], line_of(order), **change)
    assert (again.status, again.json) == (201, first.json)
    assert again.headers["Idempotency-Replayed"] == "true"
    other = await life.change(order["order_id"], line_of(order), tickets={"adult": 4}, key="once")
    assert (other.status, other.code) == (422, "idempotency_key_reused")
    body = {"line_id": line_of(order), "tickets": {"adult": 1}}
    without = await life.call("POST", order["order_id"], "/changes", body)
    assert (without.status, without.code) == (400, "idempotency_key_required")


async def test_what_was_free_is_paid_at_the_venue_once_it_costs_something(life: Life) -> None:
    await life.bookings.publish_slot(WALK, at(NEXT_WEEK, 9), 10)
    walk = {"offering_id": str(WALK), "starts_at": hour(9), "tickets": {"adult": 2}}
    order = await life.ordered(walk, payment_method="free")
    await life.bookings.publish_offering(WALK, "session", {"adult": 1000})
    answer = await life.change(order["order_id"], line_of(order), tickets={"adult": 3})
    after = answer.json["order"]
    assert (after["total_fen"], after["accepted_payment"], after["payment_method"]) == (
        3000,
        "on_site",
        "on_site",
    )


async def test_what_has_to_be_paid_in_advance_now_is_no_change_of_what_was_not(life: Life) -> None:
    order = await life.ordered(pottery(adult=2))
    await life.bookings.publish_offering(POTTERY, "session", {"adult": ADULT}, payment="online")
    answer = await life.change(order["order_id"], line_of(order), tickets={"adult": 3})
    assert refused(answer) == (409, "line_not_changeable", "payment")


async def test_another_operator_takes_over_no_line(life: Life) -> None:
    order = await life.ordered(pottery(adult=2))
    await life.bookings.execute(
        "update venues set organisation_id = $2 where venue_id = $1", VENUE, uuid4()
    )
    answer = await life.change(order["order_id"], line_of(order), tickets={"adult": 3})
    assert refused(answer) == (409, "line_not_changeable", "operator")


async def test_a_change_that_races_a_sell_out_gets_its_places_or_keeps_the_old_ones(
    life: Life,
) -> None:
    for round_number in range(4):
        day = NEXT_WEEK + timedelta(days=10 + round_number)
        await life.bookings.publish_slot(POTTERY, at(day, 14), 4)
        order = await life.ordered(pottery(adult=2))
        buyers = [life.bookings.tokens.person() for _ in range(6)]
        change, *bought = await asyncio.gather(
            life.change(order["order_id"], line_of(order), starts_at=hour(14, day)),
            *(
                life.bookings.order(pottery(day, adult=1), token=buyer, payment_method="on_site")
                for buyer in buyers
            ),
        )
        sold = sum(answer.status == 201 for answer in bought)
        assert change.status in (201, 409)
        assert sold == (2 if change.status == 201 else 4)
        assert await life.bookings.taken("slot", day) == 4


async def test_a_change_that_races_a_cancellation_leaves_no_places_behind(life: Life) -> None:
    later = await also_on_the_day_after(life)
    for _ in range(5):
        order = await life.ordered(pottery(adult=2))
        change, cancelled = await asyncio.gather(
            life.change(order["order_id"], line_of(order), starts_at=later),
            life.cancel(order["order_id"]),
        )
        assert cancelled.status == 201
        assert change.status in (201, 409)
        assert (await life.order(order["order_id"]))["state"] == "cancelled"
        assert await life.bookings.taken("slot") == 0


async def test_of_two_changes_at_once_one_is_made(life: Life) -> None:
    for _ in range(5):
        order = await life.ordered(pottery(adult=2))
        answers = await asyncio.gather(
            *(
                life.change(order["order_id"], line_of(order), tickets={"adult": adults})
                for adults in (1, 3)
            )
        )
        assert sorted(answer.status for answer in answers) == [201, 409]
        await life.cancel(order["order_id"])


async def test_two_that_swap_their_dates_at_once_never_wait_in_a_circle(life: Life) -> None:
    later = await also_on_the_day_after(life)
    for _ in range(5):
        here = await life.ordered(pottery(adult=2))
        there = await life.ordered(pottery(DAY_AFTER, adult=2))
        answers = await asyncio.gather(
            life.change(here["order_id"], line_of(here), starts_at=later),
            life.change(there["order_id"], line_of(there), starts_at=hour(14)),
        )
        assert {answer.status for answer in answers} == {201}
        for order in (here, there):
            await life.cancel(order["order_id"])
