"""Tables of different sizes, and entries to a day."""

import asyncio
from collections import Counter
from datetime import datetime, timedelta

from shared.contracts.terms import (
    OfferingTerms,
    SeatingStep,
    TableJoin,
    UnitOption,
)
from tests.bookings.village import CAFE, MARKET, NEXT_WEEK, Json, at, text
from tests.bookings.world import Bookings

ON_SITE = {"payment_method": "on_site"}


SIZES = {"two": 1, "four": 1, "six": 1}
TABLES = OfferingTerms(
    child_needs_adult=False,
    options=tuple(
        UnitOption(code=code, name=text(code, code), units=1, persons=persons)
        for code, persons in (("two", 2), ("four", 4), ("six", 6))
    ),
    joins=(TableJoin(options=("two", "four"), persons=6),),
    seating=(SeatingStep(up_to_persons=2, minutes=60), SeatingStep(up_to_persons=6, minutes=90)),
)


def table(hour: int = 10, **tickets: int) -> Json:
    return {
        "offering_id": str(CAFE),
        "starts_at": at(NEXT_WEEK, hour).isoformat(),
        "tickets": tickets or {"adult": 5},
    }


async def test_a_party_takes_the_smallest_table_that_fits_then_a_join(bookings: Bookings) -> None:
    await bookings.publish_cafe(SIZES, TABLES)
    seated = [
        await bookings.order(table(), token=bookings.tokens.person(), payment_method="free")
        for _ in range(3)
    ]
    assert [answer.status for answer in seated] == [201, 201, 409]
    options = [answer.json["lines"][0]["options"] for answer in seated[:2]]
    assert options == [{"six": 1}, {"two": 1, "four": 1}]
    [line] = seated[0].json["lines"]
    assert (line["units"], line["persons"]) == (1, 5)
    assert datetime.fromisoformat(line["ends_at"]) == at(NEXT_WEEK, 11) + timedelta(minutes=30)
    # People are counted once a day, tables in each of the six quarter hours.
    assert await bookings.taken("village_day", NEXT_WEEK) == 10
    assert await bookings.taken("slot", NEXT_WEEK) == 18
    later = await bookings.order(table(12), token=bookings.tokens.person(), payment_method="free")
    assert later.status == 201


async def test_many_parties_at_once_fill_every_table_and_no_table_twice(
    bookings: Bookings,
) -> None:
    await bookings.publish_cafe(SIZES, TABLES)
    answers = await asyncio.gather(
        *(
            bookings.order(table(adult=2), token=bookings.tokens.person(), payment_method="free")
            for _ in range(12)
        )
    )
    assert Counter(answer.status for answer in answers) == {201: 3, 409: 9}
    assert await bookings.leaks() == []


async def test_availability_says_whether_the_party_gets_a_table_for_its_whole_seating(
    bookings: Bookings,
) -> None:
    await bookings.publish_cafe(SIZES, TABLES)
    params = {"offering": str(CAFE), "from": str(NEXT_WEEK), "to": str(NEXT_WEEK), "party": "5"}
    shown = (await bookings.call("GET", "/v1/availability", params=params)).json["items"]
    # Of sixteen quarters, the last five are too late for ninety minutes.
    assert [item["fits"] for item in shown] == [True] * 11 + [False] * 5
    assert (shown[0]["left"], shown[0]["options"]) == (3, SIZES)


async def test_a_whole_days_entry_is_bought_by_its_day(bookings: Bookings) -> None:
    await bookings.publish_offering(MARKET, "entry", {"adult": 1000, "child": 0})
    await bookings.publish_slot(MARKET, at(NEXT_WEEK, 9), 50, hours=8)
    line = {"offering_id": str(MARKET), "date": str(NEXT_WEEK), "tickets": {"adult": 2, "child": 1}}
    answer = await bookings.order(line, **ON_SITE)
    assert (answer.status, answer.json["total_fen"]) == (201, 2000)
    [found] = answer.json["lines"]
    assert found["units"] == 3
    assert datetime.fromisoformat(found["starts_at"]) == at(NEXT_WEEK, 9)


async def test_a_day_with_several_entries_needs_a_time(bookings: Bookings) -> None:
    await bookings.publish_offering(MARKET, "entry", {"adult": 1000})
    for hour in (9, 11):
        await bookings.publish_slot(MARKET, at(NEXT_WEEK, hour), 50)
    line = {"offering_id": str(MARKET), "date": str(NEXT_WEEK), "tickets": {"adult": 2}}
    answer = await bookings.order(line, **ON_SITE)
    assert (answer.status, answer.code) == (422, "line_time_mismatch")


async def test_a_small_party_makes_room_for_a_large_one_of_the_same_order(
    bookings: Bookings,
) -> None:
    terms = TABLES.model_copy(
        update={"joins": (TableJoin(options=("four", "four"), persons=8),), "party_most": 8}
    )
    await bookings.publish_cafe({"four": 2, "six": 1}, terms)
    lines = [table(adult=8), table(adult=3)]
    answer = await bookings.order(*lines, payment_method="free")
    assert answer.status == 201
    assert [line["options"] for line in answer.json["lines"]] == [{"four": 2}, {"six": 1}]
