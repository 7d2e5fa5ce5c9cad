"""One ticket at a gate that has a network."""

from datetime import timedelta
from uuid import uuid4

import pytest
from structlog.testing import capture_logs

from shared.core.masking import masked_code
from tests.bookings.gate.stage import (
    Line,
    fetch,
    noon,
    scan,
    seen,
    sell,
    send,
    state_of,
    stay,
    stored_outcomes,
    today_line,
    told_of,
    undo,
)
from tests.bookings.village import NEXT_WEEK, today_here
from tests.bookings.world import Bookings


async def test_a_scan_says_who_came_and_by_which_gate(bookings: Bookings) -> None:
    sold = await sell(bookings, today_line())
    scan_id = str(uuid4())
    answer = await scan(bookings, sold.ticket(), gate="北门", scan_id=scan_id)
    assert answer.status == 201
    assert answer.json | {"checked_in_at": None} == {
        "scan_id": scan_id,
        "outcome": "admitted",
        **sold.ticket(),
        "order_code": masked_code(sold.code),
        "contact_name": "陈**",
        "name": {"zh": "名称", "en": "Name"},
        "venue_name": {"zh": "名称", "en": "Name"},
        "day": today_here().isoformat(),
        "persons": 1,
        "checked_in_at": None,
        "left_at": None,
    }
    assert await told_of(bookings, sold) == [("ticket.checked_in.v1", 2)]


async def test_a_scan_that_is_sent_again_has_the_same_answer(bookings: Bookings) -> None:
    sold = await sell(bookings, today_line())
    more = {"scan_id": str(uuid4()), "gate": "north"}
    first, again = [await scan(bookings, sold.ticket(), **more) for _ in range(2)]
    assert (first.status, again.status) == (201, 201)
    assert again.json == first.json
    assert len(await told_of(bookings, sold)) == 1


async def test_the_second_gate_is_refused_and_its_scan_is_a_conflict(bookings: Bookings) -> None:
    sold = await sell(bookings, today_line())
    await scan(bookings, sold.ticket(), gate="north")
    answer = await scan(bookings, sold.ticket(), gate="south")
    assert (answer.status, answer.code, answer.json["gate"]) == (
        409,
        "ticket_already_used",
        "north",
    )
    assert await told_of(bookings, sold) == [
        ("ticket.checked_in.v1", 2),
        ("ticket.conflict_found.v1", 3),
    ]


async def test_the_same_gate_that_shows_it_twice_at_once_finds_no_conflict(
    bookings: Bookings,
) -> None:
    sold = await sell(bookings, today_line())
    await scan(bookings, sold.ticket(), gate="north")
    answer = await scan(bookings, sold.ticket(), gate="north")
    assert (answer.status, answer.code) == (409, "ticket_already_used")
    assert len(await told_of(bookings, sold)) == 1
    assert sorted((await stored_outcomes(bookings)).values()) == ["admitted", "repeated"]


async def test_a_refused_ticket_that_is_tried_again_is_one_conflict(bookings: Bookings) -> None:
    sold = await sell(bookings, today_line())
    await scan(bookings, sold.ticket(), gate="north")
    for _ in range(3):
        await scan(bookings, sold.ticket(), gate="south")
    assert [kind for kind, _ in await told_of(bookings, sold)].count(
        "ticket.conflict_found.v1"
    ) == 1


async def test_a_scan_id_of_another_ticket_is_refused(bookings: Bookings) -> None:
    sold = await sell(bookings, today_line(persons=2))
    scan_id = str(uuid4())
    await scan(bookings, sold.ticket(1), scan_id=scan_id)
    answer = await scan(bookings, sold.ticket(2), scan_id=scan_id)
    assert (answer.status, answer.code) == (422, "scan_id_reused")
    assert await fetch(bookings, "select ordinal from check_ins") == [1]


async def test_who_leaves_may_come_again(bookings: Bookings) -> None:
    sold = await sell(bookings, today_line())
    first = await scan(bookings, sold.ticket(), gate="north")
    gone = await scan(bookings, sold.ticket(), gate="north", direction="out")
    assert (gone.status, gone.json["outcome"]) == (201, "left")
    assert gone.json["left_at"] is not None
    again = await scan(bookings, sold.ticket(), gate="south")
    assert (again.status, again.json["outcome"], again.json["left_at"]) == (
        201,
        "reentered",
        None,
    )
    assert again.json["checked_in_at"] == first.json["checked_in_at"]
    assert [kind for kind, _ in await told_of(bookings, sold)] == ["ticket.checked_in.v1"]


async def test_nobody_leaves_who_did_not_come(bookings: Bookings) -> None:
    sold = await sell(bookings, today_line())
    answer = await scan(bookings, sold.ticket(), direction="out")
    assert (answer.status, answer.code) == (409, "ticket_not_inside")
    assert await told_of(bookings, sold) == []
    assert (await scan(bookings, sold.ticket())).status == 201


async def test_a_table_has_one_ticket_for_the_whole_party(bookings: Bookings) -> None:
    sold = await sell(bookings, today_line(kind="table", persons=5, options={"t6": 1}))
    answer = await scan(bookings, sold.ticket())
    assert (answer.status, answer.json["persons"]) == (201, 5)
    assert (await scan(bookings, sold.ticket(2))).status == 404


async def test_the_pitches_of_a_stay_share_its_guests(bookings: Bookings) -> None:
    sold = await sell(bookings, stay(persons=5, units=2))
    answers = [await scan(bookings, sold.ticket(ordinal)) for ordinal in (1, 2)]
    assert [answer.json["persons"] for answer in answers] == [3, 2]


async def test_a_stay_is_for_each_of_its_days_and_its_departure(bookings: Bookings) -> None:
    for nights, status in ((1, 201), (2, 201)):
        sold = await sell(bookings, stay(nights=nights))
        answer = await scan(bookings, sold.ticket(), admit_on_another_day=False)
        assert answer.status == status
    over = await sell(bookings, stay(day=today_here() - timedelta(days=3), nights=2))
    answer = await scan(bookings, over.ticket(), admit_on_another_day=False)
    assert (answer.status, answer.code) == (409, "ticket_for_another_day")


async def test_a_scan_on_another_day_may_be_sent_again_with_the_operators_word(
    bookings: Bookings,
) -> None:
    sold = await sell(bookings, Line(day=NEXT_WEEK))
    scan_id = str(uuid4())
    refused = await scan(bookings, sold.ticket(), scan_id=scan_id, admit_on_another_day=False)
    assert (refused.status, refused.code) == (409, "ticket_for_another_day")
    admitted = await scan(bookings, sold.ticket(), scan_id=scan_id)
    assert (admitted.status, admitted.json["outcome"]) == (201, "admitted")
    assert await stored_outcomes(bookings) == {scan_id: "admitted"}


async def test_the_operators_word_for_another_day_lets_nobody_in_beside_somebody(
    bookings: Bookings,
) -> None:
    sold = await sell(bookings, Line(day=NEXT_WEEK))
    scan_id = str(uuid4())
    await scan(bookings, sold.ticket(), scan_id=scan_id, admit_on_another_day=False)
    assert (await scan(bookings, sold.ticket(), gate="south")).status == 201
    late = await scan(bookings, sold.ticket(), scan_id=scan_id)
    assert (late.status, late.code, late.json["gate"]) == (409, "ticket_already_used", "south")


async def test_a_line_that_left_its_order_lets_nobody_in(bookings: Bookings) -> None:
    sold = await sell(bookings, today_line(), today_line())
    await bookings.execute(
        "with freed as (update order_lines set claim_state = 'released', left_as = 'cancelled',"
        " left_at = now() where line_id = $1 returning pool_ids, quantities)"
        " select release_places(pool_ids, quantities) from freed",
        sold.line_ids[0],
    )
    answer = await scan(bookings, sold.ticket())
    assert (answer.status, answer.code) == (409, "ticket_cancelled")
    assert (await scan(bookings, sold.ticket(line=1))).status == 201
    assert sorted((await stored_outcomes(bookings)).values()) == ["admitted", "cancelled"]


@pytest.mark.parametrize("state", ["completed", "no_show"])
async def test_who_comes_after_the_order_was_closed_is_let_in(
    bookings: Bookings, state: str
) -> None:
    sold = await sell(bookings, today_line(persons=2))
    if state == "completed":
        await scan(bookings, sold.ticket(2))
    await bookings.execute("update orders set state = $1", state)
    assert (await scan(bookings, sold.ticket(1))).status == 201
    assert await state_of(bookings, sold) == "completed"
    told = [kind for kind, _ in await told_of(bookings, sold)]
    assert told.count("order.completed.v1") == (1 if state == "no_show" else 0)


async def test_a_gate_whose_clock_runs_ahead_is_no_way_in_for_a_second_one(
    bookings: Bookings,
) -> None:
    sold = await sell(bookings, today_line())
    [moment] = await fetch(bookings, "select now() + interval '4 minutes'")
    [item] = await send(bookings, seen(sold.ticket(), moment, admit_on_another_day=True))
    assert item["outcome"] == "admitted"
    answer = await scan(bookings, sold.ticket(), gate="south")
    assert (answer.status, answer.code) == (409, "ticket_already_used")


async def test_a_scan_of_a_check_in_that_was_taken_back_is_no_check_in(
    bookings: Bookings,
) -> None:
    sold = await sell(bookings, today_line())
    ids = [str(uuid4()), str(uuid4())]
    await scan(bookings, sold.ticket(), scan_id=ids[0], gate="north")
    await scan(bookings, sold.ticket(), scan_id=ids[1], gate="south")
    assert (await undo(bookings, sold.ticket())).status == 204
    for scan_id in ids:
        answer = await scan(bookings, sold.ticket(), scan_id=scan_id)
        assert (answer.status, answer.code) == (409, "check_in_undone")


async def test_a_check_in_from_before_scans_were_kept_counts(bookings: Bookings) -> None:
    sold = await sell(bookings, today_line())
    await bookings.execute(
        "insert into check_ins (line_id, ordinal, persons, checked_in_by) values ($1, 1, 1, $1)",
        sold.line_ids[0],
    )
    answer = await scan(bookings, sold.ticket(), gate="south")
    assert (answer.status, answer.code, answer.json["gate"]) == (409, "ticket_already_used", "")


@pytest.mark.parametrize(
    "body",
    [
        {"gate": ""},
        {"gate": "x" * 41},
        {"gate": "a\u200bb"},
        {"direction": "sideways"},
        {"scan_id": "17"},
        {"ordinal": 0},
        {"ordinal": True},
        {"batch": []},
        {"scanned_at": "2026-05-02T12:00:00+08:00"},
    ],
)
async def test_a_scan_that_says_nonsense_is_refused(bookings: Bookings, body: object) -> None:
    sold = await sell(bookings, today_line())
    assert isinstance(body, dict)
    answer = await scan(bookings, sold.ticket(), **body)
    assert (answer.status, answer.code) == (422, "invalid_request")
    assert await stored_outcomes(bookings) == {}


async def test_a_scan_is_never_rewritten(bookings: Bookings) -> None:
    sold = await sell(bookings, today_line())
    await scan(bookings, sold.ticket())
    for statement in ("update scans set gate = 'x'", "delete from scans"):
        with pytest.raises(Exception, match="never rewritten"):
            await bookings.execute(statement)


async def test_the_log_says_what_was_scanned_and_nothing_of_whose_it_is(
    bookings: Bookings,
) -> None:
    sold = await sell(bookings, today_line())
    scan_id = str(uuid4())
    with capture_logs() as logs:
        await scan(bookings, sold.ticket(), scan_id=scan_id, gate="Old Chen's phone")
        await scan(bookings, {"code": "XY1A.SECRET"})
        await send(bookings, seen(sold.ticket(), noon(), gate="Old Chen's phone"))
    noted = [entry for entry in logs if entry["event"] == "ticket.scanned"]
    assert [entry["outcome"] for entry in noted] == ["admitted", "not_genuine", "another_day"]
    assert noted[0] == {
        "event": "ticket.scanned",
        "log_level": "info",
        "outcome": "admitted",
        "scan_id": scan_id,
        **sold.ticket(),
    }
    assert not any(word in str(logs) for word in ("陈小溪", "Chen", "SECRET", sold.code))
