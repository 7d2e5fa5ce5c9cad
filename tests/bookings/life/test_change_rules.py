"""What can't be changed, and what a change has to say."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from shared.contracts.terms import OfferingTerms, RefundTerms
from tests.bookings.life.stage import ADULT, Life, hour, line_of, weekend, without_own
from tests.bookings.village import CAMPING, NEXT_WEEK, POTTERY, VENUE, WALK, at, camping, pottery
from tests.bookings.world import Answer

DAY_AFTER = NEXT_WEEK + timedelta(days=1)


def refused(answer: Answer) -> tuple[int, str, Any]:
    return answer.status, answer.code, answer.json.get("reason")


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
