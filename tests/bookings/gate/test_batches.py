"""What a gate saw without a network, told of when it has one again."""

from datetime import timedelta
from uuid import UUID, uuid4

from services.bookings.domain.ticket_code import Ticket
from services.bookings.keys import TICKET_KEYS
from shared.core.clock import instant_text
from shared.core.masking import masked_code
from tests.bookings.gate.stage import (
    YESTERDAY,
    Line,
    fetch,
    noon,
    outcomes,
    scan,
    seen,
    sell,
    send,
    state_of,
    stay,
    stored_outcomes,
    told_of,
)
from tests.bookings.village import NEXT_WEEK, Json, camping, pottery, today_here
from tests.bookings.world import Bookings


async def test_each_scan_of_a_batch_has_an_answer_of_its_own_in_its_order(
    bookings: Bookings,
) -> None:
    sold = await sell(bookings, Line(persons=3))
    later = await sell(bookings, Line(day=NEXT_WEEK))
    stranger = await sell(bookings, Line(organisation=uuid4()))
    gone = await sell(bookings, Line())
    await bookings.execute(
        "update orders set state = 'cancelled', cancelled_at = now() where order_id = $1",
        gone.order_id,
    )
    batch = [
        seen(sold.ticket(1), noon()),
        seen(sold.ticket(1), noon(0.5)),
        seen(sold.ticket(1), noon(5), gate="south"),
        seen({"code": "https://example.com/" + "x" * 2000}, noon()),
        seen(later.ticket(), noon()),
        seen(stranger.ticket(), noon()),
        seen({"line_id": str(uuid4()), "ordinal": 1}, noon()),
        seen(sold.ticket(4), noon()),
        seen(gone.ticket(), noon()),
        seen(sold.ticket(2), noon() + timedelta(days=3)),
        seen(sold.ticket(2), noon() - timedelta(days=31)),
        seen(sold.ticket(2), noon(), direction="out"),
        seen(sold.ticket(3), noon(1)),
        seen(sold.ticket(3), noon(9), direction="out"),
    ]
    items = await send(bookings, *batch)
    assert [item["scan_id"] for item in items] == [one["scan_id"] for one in batch]
    assert [item["outcome"] for item in items] == [
        "admitted",
        "repeated",
        "conflict",
        "not_genuine",
        "another_day",
        "not_found",
        "not_found",
        "not_found",
        "cancelled",
        "in_the_future",
        "too_old",
        "not_inside",
        "admitted",
        "left",
    ]


async def test_a_scan_shows_who_came_by_the_gates_own_time(bookings: Bookings) -> None:
    sold = await sell(bookings, stay(persons=3, units=1))
    [item] = await send(bookings, seen(sold.ticket(), noon(), gate="北门"))
    assert (item["contact_name"], item["persons"]) == ("陈**", 3)
    assert item["order_code"] == masked_code(sold.code)
    assert (item["gate"], item["day"]) == ("北门", YESTERDAY.isoformat())
    assert item["checked_in_at"] == instant_text(noon())


async def test_nothing_is_said_of_a_ticket_of_another_operator(bookings: Bookings) -> None:
    stranger = await sell(bookings, Line(organisation=uuid4()))
    found, missing = await send(
        bookings,
        seen(stranger.ticket(), noon()),
        seen({"line_id": str(uuid4()), "ordinal": 1}, noon()),
    )
    assert found | {"scan_id": None} == missing | {"scan_id": None}
    assert {name for name, value in found.items() if value is not None} == {"scan_id", "outcome"}
    assert await stored_outcomes(bookings) == {}


async def test_a_batch_that_is_sent_again_changes_nothing(bookings: Bookings) -> None:
    sold = await sell(bookings, Line(persons=2))
    batch = [
        seen(sold.ticket(1), noon()),
        seen(sold.ticket(1), noon(5), gate="south"),
        seen(sold.ticket(2), noon(6)),
    ]
    first = await send(bookings, *batch)
    told = await told_of(bookings, sold)
    assert await send(bookings, *batch) == first
    assert await send(bookings, *reversed(batch)) == list(reversed(first))
    assert await told_of(bookings, sold) == told


async def test_the_key_of_a_batch_is_for_that_batch_alone(bookings: Bookings) -> None:
    sold = await sell(bookings, Line(persons=2))
    batches = [{"batch": [seen(sold.ticket(ordinal), noon())]} for ordinal in (1, 2)]
    first, again, other = [
        await bookings.call("POST", "/v1/check-ins", body, token=bookings.operator, key="evening")
        for body in (batches[0], batches[0], batches[1])
    ]
    assert (first.status, again.status) == (201, 201)
    assert again.json == first.json
    assert again.headers["Idempotency-Replayed"] == "true"
    assert (other.status, other.code) == (422, "idempotency_key_reused")


async def test_a_scan_twice_in_one_batch_is_one_scan(bookings: Bookings) -> None:
    sold = await sell(bookings, Line(persons=2))
    one = seen(sold.ticket(1), noon())
    assert await outcomes(bookings, one, one, {**one, "ordinal": 2}) == [
        "admitted",
        "admitted",
        "scan_id_reused",
    ]


async def test_codes_and_lines_name_the_same_tickets(bookings: Bookings) -> None:
    answer = await bookings.order(pottery(adult=2), camping(adult=3), payment_method="on_site")
    path = f"/v1/orders/{answer.json['order_id']}/tickets"
    tickets = (await bookings.call("GET", path, token=bookings.visitor)).json["items"]
    early: Json = {"admit_on_another_day": True}
    by_code = [seen({"code": one["code"]}, noon(), **early) for one in tickets]
    names = ("line_id", "ordinal")
    by_line = [seen({name: one[name] for name in names}, noon(0.5)) for one in tickets]
    assert await outcomes(bookings, *by_code) == ["admitted"] * 3
    assert await outcomes(bookings, *({**one, **early} for one in by_line)) == ["repeated"] * 3


async def test_an_earlier_scan_that_is_told_of_late_is_the_check_in(bookings: Bookings) -> None:
    sold = await sell(bookings, Line())
    late = seen(sold.ticket(), noon(30), gate="south")
    early = seen(sold.ticket(), noon(), gate="north")
    assert await outcomes(bookings, late) == ["admitted"]
    [item] = await send(bookings, early)
    assert (item["outcome"], item["gate"]) == ("admitted", "north")
    assert await stored_outcomes(bookings) == {
        late["scan_id"]: "conflict",
        early["scan_id"]: "admitted",
    }
    [checked_in_at] = await fetch(bookings, "select checked_in_at from check_ins")
    assert checked_in_at == noon()
    assert await told_of(bookings, sold) == [
        ("ticket.checked_in.v1", 2),
        ("ticket.conflict_found.v1", 3),
    ]
    [conflict] = await fetch(
        bookings, "select payload ->> 'scan_id' from outbox where type like 'ticket.conflict%'"
    )
    assert conflict == late["scan_id"]


async def test_a_batch_finds_out_that_an_admitted_ticket_had_been_used(
    bookings: Bookings,
) -> None:
    sold = await sell(bookings, Line())
    online = (await scan(bookings, sold.ticket(), gate="south")).json["scan_id"]
    offline = seen(sold.ticket(), noon(), gate="north")
    assert await outcomes(bookings, offline) == ["admitted"]
    assert (await stored_outcomes(bookings))[online] == "conflict"
    assert await fetch(bookings, "select persons from check_ins") == [1]


async def test_a_conflict_is_told_once_however_often_it_is_looked_at(bookings: Bookings) -> None:
    sold = await sell(bookings, Line())
    first, second = seen(sold.ticket(), noon(30)), seen(sold.ticket(), noon(60), gate="south")
    earliest = seen(sold.ticket(), noon(), gate="west")
    for one in (first, second, earliest, second):
        await send(bookings, one)
    told = [kind for kind, _ in await told_of(bookings, sold)]
    assert told.count("ticket.conflict_found.v1") == 2
    assert [version for _, version in await told_of(bookings, sold)] == [2, 3, 4]


async def test_a_way_out_that_is_told_of_late_clears_who_came_in_again(
    bookings: Bookings,
) -> None:
    sold = await sell(bookings, Line())
    again = seen(sold.ticket(), noon(60), gate="south")
    assert await outcomes(bookings, seen(sold.ticket(), noon()), again) == [
        "admitted",
        "conflict",
    ]
    assert await outcomes(bookings, seen(sold.ticket(), noon(30), direction="out")) == ["left"]
    assert (await stored_outcomes(bookings))[again["scan_id"]] == "reentered"
    assert await fetch(bookings, "select left_at from check_ins") == [None]


async def test_late_arrivals_of_an_order_that_was_closed_complete_it(bookings: Bookings) -> None:
    sold = await sell(bookings, Line(persons=2))
    await bookings.execute("update orders set state = 'no_show'")
    assert await outcomes(
        bookings, seen(sold.ticket(1), noon()), seen(sold.ticket(2), noon(1))
    ) == ["admitted", "admitted"]
    assert await state_of(bookings, sold) == "completed"
    assert await told_of(bookings, sold) == [
        ("ticket.checked_in.v1", 2),
        ("order.completed.v1", 3),
        ("ticket.checked_in.v1", 4),
    ]


async def test_a_gate_may_have_let_somebody_in_on_another_day(bookings: Bookings) -> None:
    sold = await sell(bookings, Line(day=NEXT_WEEK))
    one = seen(sold.ticket(), noon())
    assert await outcomes(bookings, one) == ["another_day"]
    assert await outcomes(bookings, {**one, "admit_on_another_day": True}) == ["admitted"]
    assert await stored_outcomes(bookings) == {one["scan_id"]: "admitted"}


async def test_a_scan_with_a_wrong_clock_may_be_told_of_again_put_right(
    bookings: Bookings,
) -> None:
    sold = await sell(bookings, Line())
    one = seen(sold.ticket(), noon() + timedelta(days=3))
    assert await outcomes(bookings, one) == ["in_the_future"]
    assert await outcomes(bookings, {**one, "scanned_at": noon().isoformat()}) == ["admitted"]


async def test_five_hundred_scans_of_many_orders_are_taken_in(bookings: Bookings) -> None:
    orders = [await sell(bookings, Line(persons=4)) for _ in range(125)]
    batch = [
        seen(sold.ticket(ordinal), noon(ordinal)) for ordinal in range(1, 5) for sold in orders
    ]
    assert set(await outcomes(bookings, *batch)) == {"admitted"}
    assert await fetch(bookings, "select sum(persons)::int from check_ins") == [500]
    versions = await fetch(bookings, "select distinct version from orders")
    assert versions == [5]


async def test_an_order_that_is_broken_keeps_no_other_scan_out(bookings: Bookings) -> None:
    well, broken = await sell(bookings, Line()), await sell(bookings, Line())
    await bookings.execute(
        "insert into outbox (id, topic, subject, version, type, payload)"
        " values (uuidv7(), 'bookings.order', $1, 2, 'order.held.v1', '{}')",
        broken.order_id,
    )
    batch = [seen(broken.ticket(), noon()), seen(well.ticket(), noon())]
    assert await outcomes(bookings, *batch) == ["not_taken_in", "admitted"]
    assert len(await stored_outcomes(bookings)) == 1


async def test_a_ticket_whose_key_was_withdrawn_is_not_genuine(bookings: Bookings) -> None:
    sold = await sell(bookings, Line())
    keys = bookings.client.app[TICKET_KEYS]
    code = keys.sign(Ticket(UUID(sold.ticket()["line_id"]), 1, today_here()))
    assert await outcomes(bookings, seen({"code": code}, noon())) == ["admitted"]
    other = "XY1Z9" + code[code.index(".") :]
    assert await outcomes(bookings, seen({"code": other}, noon())) == ["not_genuine"]
