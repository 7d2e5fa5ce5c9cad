"""A line becomes another date or party: all of it or nothing, and only what differs moves."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from services.bookings.jobs.expire_holds import expire_holds
from shared.contracts.terms import OfferingTerms, TableJoin, UnitOption
from tests.bookings.life.stage import ADULT, Life, hour, line_of, weekend
from tests.bookings.village import CAFE, NEXT_WEEK, POTTERY, at, camping, pottery, text
from tests.bookings.world import Answer

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
