"""An operator finds a guest's booking by what the guest says."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from shared.core.ids import order_code
from tests.bookings.life.stage import Life, line_of, without_own
from tests.bookings.village import NEXT_WEEK, VENUE, camping, pottery
from tests.bookings.world import Answer

PHONE = "13800000042"


async def find(life: Life, token: str | None = None, venue: Any = VENUE, **params: str) -> Answer:
    return await life.bookings.call(
        "GET", f"/v1/venues/{venue}/orders", token=token or life.bookings.operator, params=params
    )


async def found(life: Life, **params: str) -> list[str]:
    answer = await find(life, **params)
    assert (answer.status, answer.json["complete"]) == (200, True)
    return [item["line_id"] for item in answer.json["items"]]


async def test_a_code_a_phone_or_a_day_is_enough(life: Life) -> None:
    order = await life.ordered(pottery(), camping(), contact={"name": "陈小溪", "phone": PHONE})
    other = await life.ordered(pottery(adult=1))
    both = [line_of(order), line_of(order, 1)]
    assert await found(life, code=order["code"].lower()) == both
    assert await found(life, last_four="0042") == both
    assert set(await found(life, day=NEXT_WEEK.isoformat())) == {*both, line_of(other)}
    assert await found(life, day=NEXT_WEEK.isoformat(), last_four="0042") == both
    assert await found(life, day=(NEXT_WEEK + timedelta(days=1)).isoformat()) == []
    assert await found(life, code=other["code"], last_four="0042") == []
    assert await found(life, code=order_code()) == []
    assert await found(life, code="nonsense") == []


async def test_a_line_says_who_comes_and_no_more_than_the_gate_needs(life: Life) -> None:
    order = await life.ordered(contact={"name": "陈小溪", "phone": PHONE})
    await life.cancel(order["order_id"])
    [item] = (await find(life, code=order["code"])).json["items"]
    assert (item["order_code"], item["contact_name"], item["order_state"], item["state"]) == (
        f"****-{order['code'][-4:]}",
        "陈**",
        "cancelled",
        "released",
    )
    assert "phone" not in str(item)
    assert PHONE[-8:] not in str(item)


async def test_past_lines_are_found_by_code_or_day_only(life: Life) -> None:
    order = await life.ordered(contact={"name": "陈小溪", "phone": PHONE})
    past = NEXT_WEEK - timedelta(days=20)
    await life.bookings.execute("update order_lines set day = $1", past)
    assert await found(life, last_four="0042") == []
    assert await found(life, last_four="0042", day=past.isoformat()) == [line_of(order)]
    assert await found(life, code=order["code"]) == [line_of(order)]


async def test_more_than_a_hundred_are_not_complete(life: Life) -> None:
    await life.ordered(pottery(adult=1))
    await life.bookings.execute("update order_lines set position = 200")
    await life.bookings.execute(COPY_LINES)
    answer = await find(life, day=NEXT_WEEK.isoformat())
    assert (len(answer.json["items"]), answer.json["complete"]) == (100, False)


# Lines that left: they take no places, and count for nothing.
COPY_LINES = """
insert into order_lines (
    line_id, order_id, position, offering_id, offering_version, venue_id, organisation_id,
    village_id, kind, offering_name, venue_name, village_name, address, day, nights, starts_at,
    ends_at, tickets, persons, units, price_fen, pool_ids, quantities, claim_state, left_as, left_at
)
select
    uuidv7(), order_id, number, offering_id, offering_version, venue_id, organisation_id,
    village_id, kind, offering_name, venue_name, village_name, address, day, nights, starts_at,
    ends_at, tickets, persons, units, price_fen, pool_ids, quantities, 'released', 'lapsed', now()
from order_lines, generate_series(1, 120) as number
"""


async def test_a_venue_of_another_operator_is_not_found(life: Life) -> None:
    stranger = life.bookings.tokens.person(organisations=[uuid4()])
    theirs = await find(life, stranger, day=NEXT_WEEK.isoformat())
    missing = await find(life, stranger, uuid4(), day=NEXT_WEEK.isoformat())
    assert theirs.status == 404
    assert without_own(theirs) == without_own(missing)
    assert (await find(life, life.bookings.visitor, code="x")).status == 403


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"last_four": "42"},
        {"last_four": "abcd"},
        {"day": "today"},
        {"code": "A" * 41},
        {"x": "1"},
    ],
    ids=str,
)
async def test_what_makes_no_sense_is_refused(life: Life, params: Any) -> None:
    assert (await find(life, **params)).status == 422
