"""Whether a party would find room: what is shown is what planning would claim."""

from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.bookings.domain.lines import NO_OPTION, Offered, OfferedSlot, plan_line
from services.bookings.domain.refusals import LineRefused
from services.bookings.domain.room import Room, has_room, units_left
from tests.bookings.domain.examples import (
    PROPERTY,
    at,
    nights,
    offered,
    option,
    price,
    quarters,
    slot,
    wanted,
)

PITCHES: Any = [option("lake", 2), option("wood", 5)]
TABLES: Any = [option("two", 2), option("four", 4)]
JOINS: Any = [{"options": ["four", "two"], "persons": 6}]
FREE_FEN = (price("adult", 0), price("pitch", 0), price("table", 0))
SESSION = offered("session", *FREE_FEN, party_least=2, party_most=8)
PLAIN_STAY = offered("stay", *FREE_FEN, persons_per_unit=3)
STAY = offered("stay", *FREE_FEN, options=PITCHES)
CAFE = offered(
    "table", *FREE_FEN, options=TABLES, joins=JOINS, seating=[{"up_to_persons": 9, "minutes": 30}]
)
TEAHOUSE = offered("table", *FREE_FEN, persons_per_unit=4)

SLOTS: dict[str, tuple[Offered, list[OfferedSlot]]] = {
    "session": (SESSION, [slot(at(14))]),
    "stay": (PLAIN_STAY, nights("weekend")),
    "stay with options": (STAY, nights("weekend", options=["lake", "wood"])),
    "tables": (CAFE, quarters(at(18), 2, ["two", "four"])),
    "tables alike": (TEAHOUSE, quarters(at(18), 6)),
}


def room(free: dict[int, int], one: OfferedSlot) -> Room:
    units = {code: free[pool] for code, pool in one.own_pools.items()}
    return Room(one.starts_at, units, min(free[pool] for pool in one.around_pools))


def can_be_claimed(
    what: Offered, slots: list[OfferedSlot], free: dict[int, int], persons: int
) -> bool:
    """Return whether any choice of any plan for the party fits into the pools."""
    asked: list[Any] = list(what.options) if what.kind == "stay" and what.options else [None]
    for chosen in asked:
        try:
            line = plan_line(what, wanted({"adult": persons}, option=chosen), slots)
        except LineRefused:
            continue
        for choice in line.choices:
            if all(free[claim.pool_id] >= claim.quantity for claim in choice.claims):
                return True
    return False


@pytest.mark.parametrize("case", SLOTS)
@PROPERTY
@given(data=st.data(), persons=st.integers(1, 10))
def test_room_is_shown_exactly_where_a_plan_would_get_its_places(
    case: str, data: st.DataObject, persons: int
) -> None:
    what, slots = SLOTS[case]
    own = {pool for one in slots for pool in one.own_pools.values()}
    around = {pool for one in slots for pool in one.around_pools}
    free = {pool: data.draw(st.integers(0, 3 if what.kind != "session" else 12)) for pool in own}
    free |= {pool: data.draw(st.integers(0, 12)) for pool in around}
    rooms: dict[datetime, Room] = {one.starts_at: room(free, one) for one in slots}
    shown = has_room(what, rooms, slots[0].starts_at, persons)
    assert shown == can_be_claimed(what, slots, free, persons)


def test_a_seating_that_runs_out_of_quarters_has_no_room() -> None:
    slots = quarters(at(18), 2, ["two", "four"])
    rooms = {one.starts_at: Room(one.starts_at, {"two": 1, "four": 1}, 100) for one in slots}
    assert has_room(CAFE, rooms, at(18), 2)
    assert not has_room(CAFE, rooms, at(18, 15), 2)


def test_a_seating_has_room_where_every_quarter_of_it_does() -> None:
    slots = quarters(at(18), 2, ["two", "four"])
    rooms = {one.starts_at: Room(one.starts_at, {"two": 1, "four": 1}, 2) for one in slots}
    assert has_room(CAFE, rooms, at(18), 2)
    rooms[at(18, 15)] = Room(at(18, 15), {"two": 1, "four": 1}, 1)
    assert not has_room(CAFE, rooms, at(18), 2)


@pytest.mark.parametrize(
    ("what", "units", "persons", "left"),
    [
        (SESSION, {NO_OPTION: 10}, 100, 10),
        (SESSION, {NO_OPTION: 10}, 4, 4),
        (PLAIN_STAY, {NO_OPTION: 5}, 100, 5),
        (PLAIN_STAY, {NO_OPTION: 5}, 7, 3),
        (STAY, {"lake": 2, "wood": 3}, 100, 5),
        (STAY, {"lake": 2, "wood": 3}, 0, 0),
        (STAY, {"lake": 2, "wood": 3}, 1, 1),
        (TEAHOUSE, {NO_OPTION: 2}, 100, 2),
    ],
)
def test_what_is_left_is_limited_by_the_places_around_too(
    what: Offered, units: dict[str, int], persons: int, left: int
) -> None:
    assert units_left(what, Room(at(14), units, persons)) == left
