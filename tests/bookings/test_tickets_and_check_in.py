"""Tickets and the gate."""

import asyncio
import base64
from uuid import uuid4

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from icalendar import Calendar

from services.bookings.domain.ticket_code import verify
from tests.bookings.village import NEXT_WEEK, VENUE, Json, camping, pottery, today_here
from tests.bookings.world import Answer, Bookings


async def bought(bookings: Bookings, *lines: Json) -> str:
    answer = await bookings.order(*lines, payment_method="on_site")
    return str(answer.json["order_id"])


async def tickets(bookings: Bookings, order_id: str) -> list[Json]:
    path = f"/v1/orders/{order_id}/tickets"
    answer = await bookings.call("GET", path, token=bookings.visitor)
    items: list[Json] = answer.json["items"]
    return items


async def check_in(
    bookings: Bookings, ticket: Json, *, early: bool = True, token: str | None = None
) -> Answer:
    body = {"code": ticket["code"], "admit_on_another_day": early}
    return await bookings.call("POST", "/v1/check-ins", body, token=token or bookings.operator)


async def test_a_session_has_a_ticket_for_each_person_and_a_stay_for_each_pitch(
    bookings: Bookings,
) -> None:
    order_id = await bought(bookings, pottery(adult=2, child=1), camping(adult=5))
    found = await tickets(bookings, order_id)
    assert [(ticket["ordinal"], ticket["admits"]) for ticket in found] == [
        (1, 1),
        (2, 1),
        (3, 1),
        (1, 3),
        (2, 2),
    ]
    assert len({ticket["code"] for ticket in found}) == 5
    assert {ticket["state"] for ticket in found} == {"valid"}


async def test_a_ticket_verifies_offline_with_the_published_key(bookings: Bookings) -> None:
    published = (await bookings.call("GET", "/v1/ticket-keys")).json["items"]
    keys = {
        key["key_id"]: Ed25519PublicKey.from_public_bytes(base64.b64decode(key["public_key"]))
        for key in published
    }
    [ticket] = await tickets(bookings, await bought(bookings, pottery(adult=1)))
    assert str(verify(ticket["code"], keys).line_id) == ticket["line_id"]


async def test_an_order_that_is_only_held_has_no_tickets(bookings: Bookings) -> None:
    answer = await bookings.order(pottery())
    assert await tickets(bookings, answer.json["order_id"]) == []


async def test_a_ticket_is_checked_in_once(bookings: Bookings) -> None:
    order_id = await bought(bookings, pottery(adult=1))
    [ticket] = await tickets(bookings, order_id)
    first = await check_in(bookings, ticket)
    assert (first.status, first.json["persons"]) == (201, 1)
    assert first.json["contact_name"] == "陈**"
    second = await check_in(bookings, ticket)
    assert (second.status, second.code) == (409, "ticket_already_used")
    assert second.json["checked_in_at"] == first.json["checked_in_at"]
    [used] = await tickets(bookings, order_id)
    assert used["state"] == "used"


async def test_two_gates_at_once_admit_one(bookings: Bookings) -> None:
    [ticket] = await tickets(bookings, await bought(bookings, pottery(adult=1)))
    answers = await asyncio.gather(*(check_in(bookings, ticket) for _ in range(8)))
    assert sorted(answer.status for answer in answers) == [201] + [409] * 7
    told = [kind for kind, _, _ in await bookings.told()]
    assert told.count("ticket.checked_in.v1") == 1


async def test_the_tickets_of_one_order_have_gapless_versions_when_checked_in_at_once(
    bookings: Bookings,
) -> None:
    found = await tickets(bookings, await bought(bookings, pottery(adult=6)))
    await asyncio.gather(*(check_in(bookings, ticket) for ticket in found))
    assert [version for _, _, version in await bookings.told()] == list(range(1, 8))


async def test_a_ticket_for_another_day_waits_for_the_operators_word(bookings: Bookings) -> None:
    [ticket] = await tickets(bookings, await bought(bookings, pottery(adult=1)))
    refused = await check_in(bookings, ticket, early=False)
    assert (refused.status, refused.code) == (409, "ticket_for_another_day")
    assert refused.json["day"] == NEXT_WEEK.isoformat()
    assert (await check_in(bookings, ticket, early=True)).status == 201


async def test_a_changed_code_is_refused(bookings: Bookings) -> None:
    [ticket] = await tickets(bookings, await bought(bookings, pottery(adult=1)))
    code = ticket["code"]
    changed = code[:-5] + ("A" if code[-5] != "A" else "B") + code[-4:]
    answer = await check_in(bookings, {"code": changed})
    assert (answer.status, answer.code) == (422, "ticket_not_genuine")


async def test_a_cancelled_ticket_lets_nobody_in(bookings: Bookings) -> None:
    order_id = await bought(bookings, pottery(adult=1))
    [ticket] = await tickets(bookings, order_id)
    path = f"/v1/orders/{order_id}/cancellations"
    await bookings.call("POST", path, {}, token=bookings.visitor)
    answer = await check_in(bookings, ticket)
    assert (answer.status, answer.code) == (409, "ticket_cancelled")
    assert (await tickets(bookings, order_id))[0]["state"] == "cancelled"


async def test_an_order_with_a_used_ticket_can_not_be_cancelled(bookings: Bookings) -> None:
    order_id = await bought(bookings, pottery(adult=2))
    await check_in(bookings, (await tickets(bookings, order_id))[0])
    path = f"/v1/orders/{order_id}/cancellations"
    answer = await bookings.call("POST", path, {}, token=bookings.visitor)
    assert (answer.status, answer.json["reason"]) == (409, "checked_in")


async def test_a_cancellation_that_races_a_check_in_ends_as_one_of_them(
    bookings: Bookings,
) -> None:
    for _ in range(5):
        order_id = await bought(bookings, pottery(adult=1))
        [ticket] = await tickets(bookings, order_id)
        path = f"/v1/orders/{order_id}/cancellations"
        admitted, cancelled = await asyncio.gather(
            check_in(bookings, ticket),
            bookings.call("POST", path, {}, token=bookings.visitor),
        )
        assert sorted((admitted.status, cancelled.status)) == [201, 409]


async def test_a_ticket_of_another_operator_is_not_found(bookings: Bookings) -> None:
    [ticket] = await tickets(bookings, await bought(bookings, pottery(adult=1)))
    other = bookings.tokens.person(organisations=[uuid4()])
    answer = await check_in(bookings, ticket, token=other)
    assert (answer.status, answer.code) == (404, "not_found")


async def test_a_visitor_can_not_check_in(bookings: Bookings) -> None:
    [ticket] = await tickets(bookings, await bought(bookings, pottery(adult=1)))
    answer = await check_in(bookings, ticket, token=bookings.visitor)
    assert (answer.status, answer.code) == (403, "not_allowed")


async def test_an_ordinal_that_was_never_sold_is_not_found(bookings: Bookings) -> None:
    [ticket] = await tickets(bookings, await bought(bookings, pottery(adult=1)))
    body = {"line_id": ticket["line_id"], "ordinal": 2, "admit_on_another_day": True}
    answer = await bookings.call("POST", "/v1/check-ins", body, token=bookings.operator)
    assert (answer.status, answer.code) == (404, "not_found")


async def test_a_check_in_names_its_ticket_in_one_way(bookings: Bookings) -> None:
    for body in ({}, {"line_id": str(uuid4())}, {"code": "X", "ordinal": 1}):
        answer = await bookings.call("POST", "/v1/check-ins", body, token=bookings.operator)
        assert (answer.status, answer.code) == (422, "invalid_request")


async def test_the_operator_sees_who_is_expected_and_who_has_come(bookings: Bookings) -> None:
    order_id = await bought(bookings, pottery(adult=2), camping(adult=3))
    await check_in(bookings, (await tickets(bookings, order_id))[0])
    await bookings.order(pottery(adult=4))
    answer = await bookings.call(
        "GET",
        f"/v1/venues/{VENUE}/arrivals",
        token=bookings.operator,
        params={"date": NEXT_WEEK.isoformat()},
    )
    assert (answer.json["expected"], answer.json["arrived"]) == (5, 1)
    first = answer.json["items"][0]
    assert (first["contact_name"], first["persons"]) == ("陈**", 2)
    assert [ticket["used_at"] is not None for ticket in first["tickets"]] == [True, False]


async def test_the_arrivals_of_another_operators_venue_are_not_found(bookings: Bookings) -> None:
    stranger = bookings.tokens.person(organisations=[uuid4()])
    for venue_id, token in ((VENUE, stranger), (uuid4(), bookings.operator)):
        path = f"/v1/venues/{venue_id}/arrivals"
        answer = await bookings.call("GET", path, token=token, params={"date": "2026-11-28"})
        assert (answer.status, answer.code) == (404, "not_found")


async def test_an_order_comes_as_a_calendar_with_an_event_for_each_line(
    bookings: Bookings,
) -> None:
    order_id = await bought(bookings, pottery(adult=2), camping(nights=2))
    path = f"/v1/orders/{order_id}/tickets.ics"
    answer = await bookings.call("GET", path, token=bookings.visitor, params={"language": "en"})
    assert answer.headers["Content-Type"].startswith("text/calendar")
    events = Calendar.from_ical(answer.json).walk("VEVENT")
    assert [str(event["summary"]) for event in events] == [
        "Pottery · Streamside",
        "Camping · Streamside",
    ]
    assert events[0].decoded("dtstart").hour == 14


async def test_the_gate_lets_in_today_without_a_word(bookings: Bookings) -> None:
    order_id = await bought(bookings, pottery(adult=1))
    await bookings.execute("update order_lines set day = $1", today_here())
    [ticket] = await tickets(bookings, order_id)
    assert (await check_in(bookings, ticket, early=False)).status == 201


async def test_a_gate_that_lost_the_answer_gets_it_again_by_its_key(bookings: Bookings) -> None:
    [ticket] = await tickets(bookings, await bought(bookings, pottery(adult=1)))
    body = {"code": ticket["code"], "admit_on_another_day": True}
    first, again = [
        await bookings.call("POST", "/v1/check-ins", body, token=bookings.operator, key="gate-1")
        for _ in range(2)
    ]
    assert (first.status, again.status) == (201, 201)
    assert again.json == first.json
    other = await bookings.call(
        "POST", "/v1/check-ins", body, token=bookings.operator, key="gate-2"
    )
    assert (other.status, other.code) == (409, "ticket_already_used")


async def test_an_order_of_which_nothing_stands_has_no_calendar(bookings: Bookings) -> None:
    order_id = (await bookings.order(pottery())).json["order_id"]
    path = f"/v1/orders/{order_id}/tickets.ics"
    answer = await bookings.call("GET", path, token=bookings.visitor)
    assert (answer.status, answer.code) == (404, "not_found")
