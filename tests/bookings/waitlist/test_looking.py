"""What visitors and operators see of the waiting list."""

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from tests.bookings.village import CAMPING, NEXT_WEEK, VENUE, at, camping
from tests.bookings.waitlist.waiting import give_back, pass_on, sell, sell_out, wait
from tests.bookings.world import Answer, Bookings


async def line_at(bookings: Bookings, token: str | None = None, **params: str) -> Answer:
    path = f"/v1/venues/{VENUE}/waitlist"
    return await bookings.call("GET", path, token=token or bookings.operator, params=params)


async def test_an_entry_of_somebody_else_is_not_there(bookings: Bookings) -> None:
    await sell_out(bookings, 10)
    waiter = await wait(bookings)
    stranger = bookings.tokens.person()
    theirs = await bookings.call("GET", f"/v1/waitlist-entries/{waiter.entry_id}", token=stranger)
    missing = await bookings.call("GET", f"/v1/waitlist-entries/{uuid4()}", token=stranger)
    assert (theirs.status, theirs.code) == (404, "not_found")
    own = {"instance", "request_id"}
    assert {k: v for k, v in theirs.json.items() if k not in own} == {
        k: v for k, v in missing.json.items() if k not in own
    }
    nobody = await bookings.call("GET", f"/v1/waitlist-entries/{waiter.entry_id}")
    assert (nobody.status, nobody.code) == (401, "not_signed_in")


async def test_who_writes_the_letters_may_read_an_entry(bookings: Bookings) -> None:
    await sell_out(bookings, 10)
    path = f"/v1/waitlist-entries/{(await wait(bookings)).entry_id}"
    letters = bookings.tokens.service("notifications")
    assert (await bookings.call("GET", path, token=letters)).status == 200
    figures = bookings.tokens.service("statistics")
    assert (await bookings.call("GET", path, token=figures)).status == 403


async def test_own_entries_are_listed_newest_first_page_by_page(bookings: Bookings) -> None:
    await sell_out(bookings, 10)
    await wait(bookings)
    first = await wait(bookings)
    await sell(bookings, *(camping(NEXT_WEEK + timedelta(days=n), adult=20) for n in range(2)))
    token = first.token
    made = [first.entry_id]
    for night in range(2):
        wish = {"date": (NEXT_WEEK + timedelta(days=night)).isoformat(), "nights": 1}
        body: Any = {
            "offering_id": str(CAMPING),
            "tickets": {"adult": 2},
            "wishes": [wish],
            "contact": {"name": "林山月"},
        }
        path = "/v1/waitlist-entries"
        answer = await bookings.call("POST", path, body, token=token, key=uuid4().hex)
        made.append(answer.json["entry_id"])
    await first.leave()
    seen: list[str] = []
    params = {"limit": "2"}
    while True:
        page = await bookings.call("GET", "/v1/waitlist-entries", token=token, params=params)
        seen += [entry["entry_id"] for entry in page.json["items"]]
        if page.json["next"] is None:
            break
        params = {"limit": "2", "cursor": page.json["next"]}
    assert seen == made[::-1]


async def test_an_operator_sees_how_many_wait_and_how_large_they_are(bookings: Bookings) -> None:
    *_, order = await sell_out(bookings, 8, 2)
    await sell(bookings, camping(adult=20))
    stay = {"date": NEXT_WEEK.isoformat(), "nights": 2}
    for size in (2, 5, 2):
        await wait(bookings, adults=size)
    await wait(bookings, stay, offering=CAMPING, adults=4)
    await give_back(bookings, order)
    await pass_on(bookings)
    pottery_line, camping_line = (await line_at(bookings)).json["items"]
    assert datetime.fromisoformat(pottery_line["starts_at"]) == at(NEXT_WEEK, 14)
    assert pottery_line["offering_name"]["en"] == "Pottery"
    assert (pottery_line["parties"], pottery_line["offered"], pottery_line["persons"]) == (3, 1, 9)
    assert pottery_line["sizes"] == [
        {"persons": 2, "parties": 2},
        {"persons": 5, "parties": 1},
    ]
    assert (camping_line["nights"], camping_line["parties"], camping_line["persons"]) == (2, 1, 4)
    assert "林山月" not in str((await line_at(bookings)).json)


async def test_an_operator_asks_for_some_days(bookings: Bookings) -> None:
    await sell_out(bookings, 10)
    await wait(bookings)
    day, before = NEXT_WEEK.isoformat(), (NEXT_WEEK - timedelta(days=1)).isoformat()
    after = (NEXT_WEEK + timedelta(days=1)).isoformat()
    assert len((await line_at(bookings, **{"from": day, "to": day})).json["items"]) == 1
    assert (await line_at(bookings, to=before)).json["items"] == []
    assert (await line_at(bookings, **{"from": after})).json["items"] == []
    assert (await line_at(bookings, to="soon")).code == "invalid_request"


async def test_a_venue_shows_its_line_to_nobody_else(bookings: Bookings) -> None:
    another = bookings.tokens.person(organisations=[uuid4()])
    theirs = await line_at(bookings, another)
    assert (theirs.status, theirs.code) == (404, "not_found")
    path = f"/v1/venues/{uuid4()}/waitlist"
    missing = await bookings.call("GET", path, token=bookings.operator)
    assert (missing.status, missing.code) == (404, "not_found")
    assert (await line_at(bookings, bookings.visitor)).status == 403
