"""Slots whose units are told apart later: what was sold before stays sold."""

import asyncio
from datetime import timedelta

import pytest

from services.bookings.engine.capacity import without_stray
from shared.contracts.terms import OfferingTerms, UnitOption
from tests.bookings.village import CAMPING, NEXT_WEEK, Json, at, camping, text
from tests.bookings.world import Bookings

ON_SITE = {"payment_method": "on_site"}
PITCHES = OfferingTerms(
    options=tuple(
        UnitOption(code=code, name=text(code, code), units=units, persons=4)
        for code, units in (("lakeside", 2), ("forest", 3))
    )
)


def pitch(option: str | None) -> Json:
    return {**camping(adult=2), "option": option}


async def publish_pitches(bookings: Bookings) -> None:
    await bookings.publish_offering(CAMPING, "stay", {"pitch": 19900}, PITCHES)
    await bookings.publish_slot(
        CAMPING, at(NEXT_WEEK, 15), 5, hours=20, parts={"lakeside": 2, "forest": 3}
    )


async def order(bookings: Bookings, option: str | None) -> int:
    answer = await bookings.order(pitch(option), token=bookings.tokens.person(), **ON_SITE)
    return answer.status


async def test_pitches_that_were_sold_before_they_had_types_are_not_sold_again(
    bookings: Bookings,
) -> None:
    assert [await order(bookings, None) for _ in range(4)] == [201] * 4
    await publish_pitches(bookings)
    tries = [await order(bookings, option) for option in ("forest", "lakeside") * 2]
    assert sorted(tries) == [201, 409, 409, 409]
    assert await bookings.taken("slot", NEXT_WEEK) == 5


async def test_each_type_of_pitch_sells_its_own(bookings: Bookings) -> None:
    await publish_pitches(bookings)
    tries = [await order(bookings, "lakeside") for _ in range(3)]
    assert tries == [201, 201, 409]
    assert await order(bookings, "forest") == 201
    without = await bookings.order(camping(adult=2), **ON_SITE)
    assert (without.status, without.code) == (422, "option_unknown")
    assert without.json["options"] == ["lakeside", "forest"]


async def test_a_night_without_the_wanted_type_of_pitch_is_not_available(
    bookings: Bookings,
) -> None:
    await publish_pitches(bookings)
    line = {**pitch("forest"), "date": str(NEXT_WEEK + timedelta(days=1))}
    answer = await bookings.order(line, **ON_SITE)
    assert (answer.status, answer.code) == (409, "slot_not_available")


@pytest.mark.parametrize(
    ("stray", "left"), [(0, (2, 3)), (1, (2, 2)), (3, (1, 1)), (5, (0, 0)), (9, (0, 0))]
)
def test_stray_sales_are_taken_off_where_most_is_left(stray: int, left: tuple[int, int]) -> None:
    found = without_stray({"lakeside": 2, "forest": 3}, stray)
    assert sorted(found.values()) == sorted(left)


async def test_orders_that_race_with_new_types_of_pitches_are_counted(bookings: Bookings) -> None:
    early = [order(bookings, None) for _ in range(4)]
    await asyncio.gather(*early[:2], publish_pitches(bookings), *early[2:])
    for option in ("forest", "lakeside") * 3:
        await order(bookings, option)
    assert await bookings.taken("slot", NEXT_WEEK) == 5
