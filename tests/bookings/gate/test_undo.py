"""A check-in that was a mistake is taken back."""

import asyncio
from uuid import uuid4

from tests.bookings.gate.stage import (
    Line,
    fetch,
    noon,
    outcomes,
    scan,
    seen,
    sell,
    send,
    stored_outcomes,
    told_of,
    undo,
)
from tests.bookings.world import Bookings

AGE = "update check_ins set recorded_at = now() - make_interval(secs => $1)"


async def test_a_check_in_is_taken_back_and_the_ticket_is_good_again(bookings: Bookings) -> None:
    sold = await sell(bookings, Line(persons=2))
    first = await scan(bookings, sold.ticket())
    answer = await undo(bookings, sold.ticket())
    assert (answer.status, answer.json) == (204, "")
    assert await fetch(bookings, "select 1 from check_ins") == []
    assert await stored_outcomes(bookings) == {first.json["scan_id"]: "undone"}
    assert (await scan(bookings, sold.ticket())).json["outcome"] == "admitted"
    assert await told_of(bookings, sold) == [
        ("ticket.checked_in.v1", 2),
        ("ticket.check_in_undone.v1", 3),
        ("ticket.checked_in.v1", 4),
    ]
    [persons] = await fetch(
        bookings, "select (payload ->> 'persons')::int from outbox where type like '%undone%'"
    )
    assert persons == 1


async def test_it_is_too_late_after_ten_minutes_by_the_databases_clock(
    bookings: Bookings,
) -> None:
    sold = await sell(bookings, Line(persons=2))
    await send(bookings, seen(sold.ticket(1), noon()), seen(sold.ticket(2), noon()))
    await bookings.execute(AGE, 9 * 60 + 50)
    assert (await undo(bookings, sold.ticket(1))).status == 204
    await bookings.execute(AGE, 10 * 60 + 1)
    answer = await undo(bookings, sold.ticket(2))
    assert (answer.status, answer.code, answer.json["minutes"]) == (409, "undo_too_late", 10)
    assert await fetch(bookings, "select ordinal from check_ins") == [2]


async def test_an_earlier_scan_that_is_told_of_late_gives_no_more_time(
    bookings: Bookings,
) -> None:
    sold = await sell(bookings, Line())
    await send(bookings, seen(sold.ticket(), noon(30)))
    await bookings.execute(AGE, 11 * 60)
    await send(bookings, seen(sold.ticket(), noon(), gate="south"))
    assert (await undo(bookings, sold.ticket())).code == "undo_too_late"


async def test_it_is_too_late_when_the_order_is_over(bookings: Bookings) -> None:
    sold = await sell(bookings, Line())
    await scan(bookings, sold.ticket())
    await bookings.execute("update orders set state = 'completed'")
    assert (await undo(bookings, sold.ticket())).code == "undo_too_late"


async def test_a_check_in_is_taken_back_once(bookings: Bookings) -> None:
    sold = await sell(bookings, Line())
    await scan(bookings, sold.ticket())
    answers = [await undo(bookings, sold.ticket()) for _ in range(2)]
    assert [answer.status for answer in answers] == [204, 404]


async def test_who_names_the_check_in_takes_no_later_one_back(bookings: Bookings) -> None:
    sold = await sell(bookings, Line())
    first = (await scan(bookings, sold.ticket())).json["scan_id"]
    assert (await undo(bookings, sold.ticket(), scan_id=first)).status == 204
    assert (await undo(bookings, sold.ticket(), scan_id=first)).status == 204
    second = (await scan(bookings, sold.ticket())).json["scan_id"]
    await bookings.execute(AGE, 11 * 60)
    assert (await undo(bookings, sold.ticket(), scan_id=first)).status == 204
    assert await stored_outcomes(bookings) == {first: "undone", second: "admitted"}
    assert [kind for kind, _ in await told_of(bookings, sold)] == [
        "ticket.checked_in.v1",
        "ticket.check_in_undone.v1",
        "ticket.checked_in.v1",
    ]
    assert (await undo(bookings, sold.ticket(), scan_id=second)).code == "undo_too_late"


async def test_a_way_back_in_names_the_check_in_as_well(bookings: Bookings) -> None:
    sold = await sell(bookings, Line())
    batch = [seen(sold.ticket(), noon()), seen(sold.ticket(), noon(9), direction="out")]
    await send(bookings, *batch, back := seen(sold.ticket(), noon(20)))
    assert (await undo(bookings, sold.ticket(), scan_id=back["scan_id"])).status == 204
    assert set((await stored_outcomes(bookings)).values()) == {"undone"}
    assert await fetch(bookings, "select 1 from check_ins") == []


async def test_a_scan_that_let_nobody_in_is_no_check_in(bookings: Bookings) -> None:
    sold = await sell(bookings, Line(persons=2))
    conflict = seen(sold.ticket(1), noon(5), gate="south")
    other = seen(sold.ticket(2), noon())
    await send(bookings, seen(sold.ticket(1), noon()), conflict, other)
    for named in (conflict["scan_id"], other["scan_id"], str(uuid4())):
        answer = await undo(bookings, sold.ticket(1), scan_id=named)
        assert (answer.status, answer.code) == (404, "not_found")
    assert (await undo(bookings, sold.ticket(1), scan_id="that")).code == "invalid_request"
    assert await fetch(bookings, "select ordinal from check_ins order by 1") == [1, 2]


async def test_two_who_take_the_same_check_in_back_both_have_done_it(bookings: Bookings) -> None:
    sold = await sell(bookings, Line())
    named = (await scan(bookings, sold.ticket())).json["scan_id"]
    answers = await asyncio.gather(
        *(undo(bookings, sold.ticket(), scan_id=named) for _ in range(3))
    )
    assert [answer.status for answer in answers] == [204, 204, 204]
    assert [version for _, version in await told_of(bookings, sold)] == [2, 3]


async def test_what_was_in_conflict_stays_so_and_comes_in_no_more(bookings: Bookings) -> None:
    sold = await sell(bookings, Line())
    batch = [
        seen(sold.ticket(), noon()),
        seen(sold.ticket(), noon(5), gate="south"),
        seen(sold.ticket(), noon(9), direction="out"),
    ]
    assert await outcomes(bookings, *batch) == ["admitted", "conflict", "left"]
    await undo(bookings, sold.ticket())
    assert await outcomes(bookings, *batch) == ["undone", "conflict", "undone"]
    assert await outcomes(bookings, seen(sold.ticket(), noon(20), gate="west")) == ["admitted"]
    assert (await stored_outcomes(bookings))[batch[1]["scan_id"]] == "conflict"


async def test_only_its_operator_takes_a_check_in_back(bookings: Bookings) -> None:
    sold = await sell(bookings, Line())
    missing = await undo(bookings, sold.ticket())
    await scan(bookings, sold.ticket())
    stranger = bookings.tokens.person(organisations=[uuid4()])
    refused = await undo(bookings, sold.ticket(), stranger)
    assert (missing.status, refused.status) == (404, 404)
    assert missing.json["code"] == refused.json["code"] == "not_found"
    assert (await undo(bookings, sold.ticket(), bookings.visitor)).status == 403
    assert await fetch(bookings, "select ordinal from check_ins") == [1]
