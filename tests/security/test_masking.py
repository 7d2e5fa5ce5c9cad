"""Others see of a person what they need; whoever reads more says why, and is written down."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from shared.core.masking import masked_email, masked_name, masked_phone
from shared.db import acquire
from tests.bookings.village import NEXT_WEEK, OPERATOR, VENUE, pottery
from tests.bookings.world import Answer, Bookings, serve_bookings
from tests.conftest import DatabaseUrl

GUEST, PHONE = "钱大海", "+8613911112222"
READS = f"/v1/venues/{VENUE}/contact-reads"


@pytest.fixture
async def bookings(database_url: DatabaseUrl) -> AsyncIterator[Bookings]:
    async with serve_bookings(database_url("bookings")) as running:
        yield running


@pytest.fixture
async def sold(bookings: Bookings) -> str:
    """Sell a place, and return the line."""
    placed = await bookings.order(
        pottery(adult=1),
        contact={"name": GUEST, "phone": PHONE},
        payment_method="on_site",
    )
    assert placed.status == 201, placed.json
    return str(placed.json["lines"][0]["line_id"])


async def read(
    bookings: Bookings, line: str, token: str | None, path: str = READS, **body: Any
) -> Answer:
    sent = {"line_id": line, "reason": "late_arrival", **body}
    return await bookings.call("POST", path, sent, token=token)


def test_people_can_be_told_apart_and_not_recognised() -> None:
    assert masked_name("林小满") == "林**"
    assert masked_phone("+8613800138000") == "138****8000"
    assert masked_email("lin@example.com") == "l***@e***.com"


async def test_operators_see_the_first_character_of_a_name_and_no_number(
    bookings: Bookings, sold: str
) -> None:
    lists = (
        f"/v1/venues/{VENUE}/arrivals?date={NEXT_WEEK}",
        f"/v1/venues/{VENUE}/orders?day={NEXT_WEEK}",
        f"/v1/venues/{VENUE}/orders?last_four={PHONE[-4:]}",
    )
    for path in lists:
        [item] = (await bookings.call("GET", path, token=bookings.operator)).json["items"]
        assert item["line_id"] == sold
        assert item["contact_name"] == "钱**"
        assert PHONE[-8:] not in str(item)


async def test_a_number_is_read_for_a_reason_and_on_the_record(
    bookings: Bookings, sold: str
) -> None:
    answer = await read(bookings, sold, bookings.operator, note="她说晚一小时到")
    assert answer.status == 201
    assert (answer.json["name"], answer.json["phone"]) == (GUEST, PHONE)
    [row] = await bookings.fetch_rows(
        "select reason, note, venue_id, account_id is not null as whose from contact_reads"
    )
    assert tuple(row) == ("late_arrival", "她说晚一小时到", VENUE, True)


@pytest.mark.parametrize(
    "body",
    [{"reason": "curious"}, {"reason": None}, {"note": ""}, {"note": "x" * 101}, {"who": "me"}],
    ids=["reason-unknown", "no-reason", "empty-note", "long-note", "unknown-field"],
)
async def test_nothing_is_read_without_a_reason(
    bookings: Bookings, sold: str, body: dict[str, Any]
) -> None:
    assert (await read(bookings, sold, bookings.operator, **body)).status == 422
    assert await bookings.fetch("select count(*) from contact_reads") == 0


async def test_only_the_venues_own_people_read(bookings: Bookings, sold: str) -> None:
    rival = bookings.tokens.person(organisations=[uuid4()])
    accountant = bookings.tokens.person(organisations=[OPERATOR], role="accountant")
    key = bookings.tokens.person(organisations=[OPERATOR], scopes=["arrivals.read"])
    theirs = await read(bookings, sold, rival)
    missing = await read(bookings, sold, rival, f"/v1/venues/{uuid4()}/contact-reads")
    assert (theirs.status, theirs.code) == (missing.status, missing.code) == (404, "not_found")
    assert (await read(bookings, sold, key)).status == 404
    assert (await read(bookings, str(uuid4()), bookings.operator)).status == 404
    for token, status in (
        (None, 401),
        (bookings.visitor, 403),
        (accountant, 403),
        (bookings.office, 403),
    ):
        assert (await read(bookings, sold, token)).status == status
    assert await bookings.fetch("select count(*) from contact_reads") == 0


async def test_what_was_read_can_not_be_unread(bookings: Bookings, sold: str) -> None:
    assert (await read(bookings, sold, bookings.operator)).status == 201
    async with acquire(bookings.database) as conn:
        for statement in ("update contact_reads set note = 'x'", "delete from contact_reads"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await conn.execute(statement)


async def test_a_guest_finds_who_read_them_in_their_archive(bookings: Bookings, sold: str) -> None:
    await read(bookings, sold, bookings.operator)
    account = await bookings.fetch("select account_id::text from orders")
    data = await bookings.call(
        "GET", f"/v1/people/{account}/data", token=bookings.tokens.service("accounts")
    )
    sections = {section["name"]: section["items"] for section in data.json["sections"]}
    assert [one["reason"] for one in sections["reads_of_my_data"]] == ["late_arrival"]
