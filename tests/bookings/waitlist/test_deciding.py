"""What becomes of an offer: taken, refused or let go; each time the next in line is served."""

import asyncio
from uuid import UUID, uuid4

import asyncpg
import pytest

from services.bookings.jobs.expire_holds import expire_holds
from services.bookings.jobs.offer_places import offer_places
from tests.bookings.village import pottery
from tests.bookings.waitlist.waiting import (
    END_HOLDS,
    buy,
    ended,
    expire,
    look_around,
    offered,
    pass_on,
    sell_out,
    wait,
)
from tests.bookings.world import Answer, Bookings

A_DAY_PASSES = "update waitlist_offers set decided_at = decided_at - interval '25 hours'"
AGAIN = "update waitlist_entries set ended_at = null, contact_sealed = 'x',"
KEPT = "select count(*) from waitlist_entries where contact_sealed is not null"
WAITERS = "select coalesce(sum(waiters), 0)::int from pools"


async def test_who_pays_has_taken_the_offer_and_waits_no_longer(bookings: Bookings) -> None:
    [waiter] = await offered(bookings)
    assert (await waiter.pay()).status == 201
    await pass_on(bookings)
    entry = await waiter.look()
    assert (entry["state"], entry["offer"], entry["contact_name"]) == ("taken", None, None)
    [offer] = entry["earlier_offers"]
    assert offer["outcome"] == "taken"
    assert not entry["wishes"][0]["is_open"]
    assert await ended(bookings, waiter) == [2]
    assert await bookings.fetch(KEPT) == 0
    assert await bookings.fetch(WAITERS) == 0


async def test_who_refuses_is_done_and_the_next_is_served(bookings: Bookings) -> None:
    first, second = await offered(bookings, behind=1)
    order_id = await first.offered_order()
    answer = await first.refuse()
    assert (answer.status, answer.json["state"]) == (201, "refused")
    assert (await buy(bookings)).status == 409
    await pass_on(bookings)
    assert await second.state() == "offered"
    order = await bookings.call("GET", f"/v1/orders/{order_id}", token=first.token)
    assert order.json["state"] == "cancelled"
    assert await ended(bookings, first) == [2]
    again = await first.refuse()
    assert (again.status, again.json) == (201, await first.look())
    assert await ended(bookings, first) == [2]


async def test_who_refuses_and_waits_on_keeps_the_old_place_but_not_that_offer(
    bookings: Bookings,
) -> None:
    first, second, third = await offered(bookings, behind=2)
    answer = await first.refuse(keep_waiting=True)
    assert (answer.json["state"], answer.json["rank"]) == ("waiting", 0)
    assert answer.json["earlier_offers"][0]["outcome"] == "refused"
    await pass_on(bookings)
    assert [await one.state() for one in (first, second, third)] == [
        "waiting",
        "offered",
        "waiting",
    ]
    assert await first.reasons() == [("refused_lately", None, None, 1)]
    assert (await third.look())["rank"] == 1


async def test_a_day_after_a_refusal_the_same_slot_is_offered_again(bookings: Bookings) -> None:
    [waiter] = await offered(bookings, keep_waiting=True)
    await waiter.refuse()
    await pass_on(bookings)
    await look_around(bookings)
    assert await waiter.state() == "waiting"
    await bookings.execute(A_DAY_PASSES)
    await look_around(bookings)
    assert await waiter.state() == "offered"
    told = [
        (kind, version)
        for kind, subject, version in await bookings.told()
        if subject == UUID(waiter.entry_id)
    ]
    assert told == [("waitlist.offered.v1", 1), ("waitlist.offered.v1", 2)]


async def test_the_word_of_the_refusal_counts_more_than_that_of_joining(
    bookings: Bookings,
) -> None:
    [waiter] = await offered(bookings, keep_waiting=True)
    assert (await waiter.refuse(keep_waiting=False)).json["state"] == "refused"


async def test_an_offer_that_nobody_answers_goes_on_to_the_next(bookings: Bookings) -> None:
    first, second = await offered(bookings, behind=1)
    await expire(bookings)
    assert (await first.state(), await second.state()) == ("lapsed", "offered")
    assert await ended(bookings, first) == [2]
    assert (await first.look())["earlier_offers"][0]["outcome"] == "lapsed"
    refused = await first.refuse()
    assert (refused.status, refused.code, refused.json["state"]) == (409, "no_open_offer", "lapsed")


async def test_who_keeps_waiting_is_back_in_line_after_an_offer_that_lapsed(
    bookings: Bookings,
) -> None:
    first, second = await offered(bookings, behind=1, keep_waiting=True)
    await expire(bookings)
    assert (await first.state(), await second.state()) == ("waiting", "offered")
    assert (await first.look())["rank"] == 0


async def test_cancelling_the_held_order_is_a_refusal(bookings: Bookings) -> None:
    first, second = await offered(bookings, behind=1)
    path = f"/v1/orders/{await first.offered_order()}/cancellations"
    await bookings.call("POST", path, {}, token=first.token)
    await pass_on(bookings)
    assert (await first.state(), await second.state()) == ("refused", "offered")


async def test_what_was_paid_and_cancelled_later_was_taken(bookings: Bookings) -> None:
    [waiter] = await offered(bookings)
    path = f"/v1/orders/{await waiter.offered_order()}/cancellations"
    await waiter.pay()
    await bookings.call("POST", path, {}, token=waiter.token)
    await pass_on(bookings)
    assert await waiter.state() == "taken"


async def test_without_an_offer_there_is_nothing_to_refuse(bookings: Bookings) -> None:
    await sell_out(bookings, 10)
    waiter = await wait(bookings)
    answer = await waiter.refuse()
    assert (answer.status, answer.code, answer.json["state"]) == (409, "no_open_offer", "waiting")


async def test_what_is_paid_can_not_be_refused_or_left_any_more(bookings: Bookings) -> None:
    [waiter] = await offered(bookings)
    await waiter.pay()
    for _ in range(2):
        refused, left = await waiter.refuse(), await waiter.leave()
        assert (refused.status, refused.code) == (409, "no_open_offer")
        assert (left.status, left.code) == (409, "waitlist_entry_ended")
        assert refused.json["state"] == left.json["state"] == "taken"
        await pass_on(bookings)


async def test_what_expired_a_moment_ago_can_not_be_refused_any_more(bookings: Bookings) -> None:
    [waiter] = await offered(bookings)
    await bookings.execute(END_HOLDS)
    await expire_holds(bookings.client.app)
    answer = await waiter.refuse()
    assert (answer.status, answer.code, answer.json["state"]) == (409, "no_open_offer", "lapsed")


async def test_who_cancelled_the_order_a_moment_ago_may_refuse_and_wait_on(
    bookings: Bookings,
) -> None:
    [waiter] = await offered(bookings)
    path = f"/v1/orders/{await waiter.offered_order()}/cancellations"
    await bookings.call("POST", path, {}, token=waiter.token)
    answer = await waiter.refuse(keep_waiting=True)
    assert (answer.status, answer.json["state"]) == (201, "waiting")
    assert answer.json["earlier_offers"][0]["outcome"] == "refused"


async def test_what_has_begun_is_refused_by_waiting(bookings: Bookings) -> None:
    [waiter] = await offered(bookings)
    await bookings.execute(
        "update order_lines set starts_at = now() - interval '1 minute' where claim_state = 'held'"
    )
    for act in (waiter.refuse, waiter.leave):
        answer = await act()
        assert (answer.status, answer.code) == (409, "order_not_cancellable")


async def test_each_offer_is_decided_once_however_many_decide(bookings: Bookings) -> None:
    first, second, third = await offered(bookings, behind=2)
    app = bookings.client.app
    await bookings.execute(END_HOLDS)
    await asyncio.gather(
        *(expire_holds(app) for _ in range(2)), *(offer_places(app) for _ in range(4))
    )
    await asyncio.gather(*(offer_places(app) for _ in range(4)))
    assert [await one.state() for one in (first, second, third)] == [
        "lapsed",
        "offered",
        "waiting",
    ]
    assert await ended(bookings, first) == [2]


async def test_a_payment_that_races_a_refusal_ends_taken_or_refused(bookings: Bookings) -> None:
    outcomes = set()
    [waiter] = await offered(bookings)
    for _ in range(6):
        offered_order = await waiter.offered_order()
        paid, refused, _ = await asyncio.gather(
            waiter.pay(offered_order), waiter.refuse(), offer_places(bookings.client.app)
        )
        await pass_on(bookings)
        state = await waiter.state()
        outcomes.add(state)
        assert (state, paid.status, refused.status) in (
            ("taken", 201, 409),
            ("refused", 409, 201),
        )
        order_id = (await waiter.look())["earlier_offers"][0]["order_id"]
        token = waiter.token
        if state == "refused":
            token = bookings.visitor
            answer = await bookings.order(pottery(adult=2), payment_method="on_site")
            order_id = answer.json["order_id"]
        waiter = await wait(bookings)
        await bookings.call("POST", f"/v1/orders/{order_id}/cancellations", {}, token=token)
        await pass_on(bookings)
    assert outcomes <= {"taken", "refused"}


@pytest.mark.parametrize("what", ["refusals", "withdrawals"])
async def test_an_entry_of_somebody_else_is_not_found(bookings: Bookings, what: str) -> None:
    [waiter] = await offered(bookings)
    stranger = bookings.tokens.person()

    async def act(entry_id: str) -> Answer:
        path = f"/v1/waitlist-entries/{entry_id}/{what}"
        return await bookings.call("POST", path, {}, token=stranger)

    theirs, missing = await act(waiter.entry_id), await act(str(uuid4()))
    assert (theirs.status, theirs.code) == (404, "not_found")
    own = {"instance", "request_id"}
    assert {k: v for k, v in theirs.json.items() if k not in own} == {
        k: v for k, v in missing.json.items() if k not in own
    }
    assert await waiter.state() == "offered"


@pytest.mark.parametrize(
    ("statement", "constraint"),
    [
        (f"{AGAIN} state = 'waiting', order_id = null", "waitlist_entries_state_edges"),
        (f"{AGAIN} state = 'offered'", "waitlist_entries_state_edges"),
        ("update waitlist_entries set contact_sealed = 'x'", "waitlist_entries_contact_check"),
        ("update waitlist_entries set order_id = null", "waitlist_entries_order_check"),
        ("update waitlist_offers set outcome = null", "waitlist_offers_decided_at_check"),
        ("select change_waiters(array_agg(id), -1) from pools", "pools_waiters_check"),
    ],
)
async def test_the_database_refuses_what_can_not_be(
    bookings: Bookings, statement: str, constraint: str
) -> None:
    [waiter] = await offered(bookings)
    await waiter.pay()
    await pass_on(bookings)
    with pytest.raises(asyncpg.CheckViolationError) as refused:
        await bookings.execute(statement)
    assert refused.value.constraint_name == constraint
