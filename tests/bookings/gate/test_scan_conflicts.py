"""What the operator looks at after the day: tickets that were shown where they did not count."""

from datetime import timedelta
from uuid import uuid4

from shared.core.masking import masked_code
from tests.bookings.gate.stage import (
    YESTERDAY,
    Line,
    noon,
    scan,
    seen,
    sell,
    send,
    today_line,
)
from tests.bookings.village import VENUE, today_here
from tests.bookings.world import Answer, Bookings


async def conflicts(bookings: Bookings, day: object = YESTERDAY, **more: object) -> Answer:
    return await bookings.call(
        "GET",
        f"/v1/venues/{more.get('venue', VENUE)}/scan-conflicts",
        token=str(more.get("token", bookings.operator)),
        params={"day": str(day)},
    )


async def test_a_conflict_says_where_and_when_both_scans_were(bookings: Bookings) -> None:
    sold = await sell(bookings, Line())
    late = seen(sold.ticket(), noon(30), gate="south")
    await send(bookings, late, seen(sold.ticket(), noon()))
    answer = await conflicts(bookings)
    [item] = answer.json["items"]
    assert item | {"told_at": None, "scanned_at": None, "checked_in_at": None} == {
        "scan_id": late["scan_id"],
        "outcome": "conflict",
        **sold.ticket(),
        "order_code": masked_code(sold.code),
        "offering_name": {"zh": "名称", "en": "Name"},
        "kind": "session",
        "direction": "in",
        "gate": "south",
        "scanned_at": None,
        "told_at": None,
        "was_refused": False,
        "checked_in_at": None,
        "checked_in_gate": "north",
    }
    assert item["scanned_at"] > item["checked_in_at"]


async def test_a_conflict_is_of_the_day_on_which_it_was_scanned(bookings: Bookings) -> None:
    sold = await sell(bookings, Line())
    await send(bookings, seen(sold.ticket(), noon()), seen(sold.ticket(), noon(5), "south"))
    for days, found in ((-1, 0), (0, 1), (1, 0)):
        answer = await conflicts(bookings, YESTERDAY + timedelta(days=days))
        assert len(answer.json["items"]) == found


async def test_a_gate_with_a_network_refused_and_one_without_did_not(bookings: Bookings) -> None:
    sold = await sell(bookings, today_line())
    gone = await sell(bookings, Line())
    await bookings.execute(
        "update orders set state = 'cancelled', cancelled_at = now() where order_id = $1",
        gone.order_id,
    )
    await scan(bookings, sold.ticket(), gate="north")
    await scan(bookings, sold.ticket(), gate="south")
    await scan(bookings, gone.ticket())
    await send(bookings, seen(gone.ticket(), noon()))
    today = (await conflicts(bookings, today_here())).json["items"]
    assert [(item["outcome"], item["was_refused"], item["gate"]) for item in today] == [
        ("conflict", True, "south"),
        ("cancelled", True, None),
    ]
    [offline] = (await conflicts(bookings)).json["items"]
    assert (offline["outcome"], offline["was_refused"], offline["checked_in_at"]) == (
        "cancelled",
        False,
        None,
    )


async def test_what_was_in_order_is_not_listed(bookings: Bookings) -> None:
    sold = await sell(bookings, Line())
    await send(
        bookings,
        seen(sold.ticket(), noon()),
        seen(sold.ticket(), noon(0.5)),
        seen(sold.ticket(), noon(5), direction="out"),
        seen(sold.ticket(), noon(9)),
    )
    assert (await conflicts(bookings)).json == {"items": []}


async def test_the_conflicts_of_another_operators_venue_are_not_found(bookings: Bookings) -> None:
    stranger = bookings.tokens.person(organisations=[uuid4()])
    for more in ({"token": stranger}, {"venue": uuid4()}):
        answer = await conflicts(bookings, **more)
        assert (answer.status, answer.code) == (404, "not_found")
    assert (await conflicts(bookings, token=bookings.visitor)).status == 403
    assert (await conflicts(bookings, "yesterday")).status == 422
