"""A slot of which less is left touches nobody while it still has what is taken."""

from shared.contracts.terms import OfferingTerms, UnitOption
from tests.bookings.affected.test_affected_orders import CONFIRMED, NOTHING, ask, placed
from tests.bookings.village import CAFE, NEXT_WEEK, POTTERY, Json, at, pottery, text
from tests.bookings.world import Bookings


async def cut(bookings: Bookings, slot_ids: list[str], **units_left: int) -> Json:
    return await ask(bookings, cuts=[{"slot_ids": slot_ids, "units_left": units_left}])


async def test_orders_count_where_more_is_taken_than_would_be_left(bookings: Bookings) -> None:
    slot = str(bookings.slots[POTTERY, at(NEXT_WEEK, 14)])
    order = await placed(bookings, pottery(adult=2, child=1), **CONFIRMED)
    for left in (3, 4):
        assert await ask(bookings, cuts=[{"slot_ids": [slot], "units_left": {"": left}}]) == NOTHING
    for units_left in ({"": 2}, {"": 0}, {}, {"two": 9}):
        found = await ask(bookings, cuts=[{"slot_ids": [slot], "units_left": units_left}])
        assert (found["orders"], found["persons"]) == (1, 3)
        assert found["first"][0]["order_id"] == order["order_id"]
    # Together with slots that go, each order counts once.
    both = await ask(bookings, slot_ids=[slot], cuts=[{"slot_ids": [slot], "units_left": {}}])
    assert both["orders"] == 1


async def test_each_option_counts_by_itself(bookings: Bookings) -> None:
    options = tuple(
        UnitOption(code=code, name=text("桌", "Table"), units=4, persons=persons)
        for code, persons in (("two", 2), ("four", 4))
    )
    await bookings.publish_cafe({"two": 4, "four": 4}, OfferingTerms(options=options))
    line = {
        "offering_id": str(CAFE),
        "starts_at": at(NEXT_WEEK, 11).isoformat(),
        "tickets": {"adult": 2},
    }
    await placed(bookings, line, payment_method="free")
    slot_ids = [str(bookings.slots[CAFE, at(NEXT_WEEK, 11)])]
    assert await cut(bookings, slot_ids, two=1, four=0) == NOTHING
    assert (await cut(bookings, slot_ids, two=0, four=4))["orders"] == 1


async def test_cuts_are_bounded_and_of_whole_units(bookings: Bookings) -> None:
    slot = str(bookings.slots[POTTERY, at(NEXT_WEEK, 14)])
    token = bookings.tokens.service("venues")
    bad: list[list[Json]] = [
        [{"slot_ids": [], "units_left": {}}],
        [{"slot_ids": [slot], "units_left": {"": -1}}],
        [{"slot_ids": [slot]}],
        [{"slot_ids": [slot], "units_left": {}}] * 501,
    ]
    for wrong in bad:
        answer = await bookings.call("POST", "/v1/affected-orders", {"cuts": wrong}, token=token)
        assert answer.status == 422
