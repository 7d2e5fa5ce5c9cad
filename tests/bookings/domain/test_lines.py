"""From wishes and slots to lines with people, price and claims."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.bookings.domain.claims import Claim
from services.bookings.domain.lines import (
    Choice,
    Offered,
    OfferedSlot,
    PlannedLine,
    accepted_payment,
    plan_line,
)
from services.bookings.domain.party import TicketType
from services.bookings.domain.refusals import (
    AdultNeeded,
    OptionUnknown,
    PartySizeUnfit,
    TableTooSmall,
    TicketTypeUnpriced,
    UnitsNotOffered,
)
from shared.contracts.terms import PaymentPolicy
from tests.bookings.domain.examples import (
    AROUND,
    DAY_TYPES,
    PROPERTY,
    SATURDAY,
    at,
    nights,
    offered,
    option,
    price,
    quarters,
    slot,
    wanted,
)

POTTERY = offered("session", price("adult", 12800), price("child", 6800))
CAMPING = offered("stay", price("pitch", 19900), persons_per_unit=4)
PITCHES: Any = [option("lake", 2), option("wood", 6)]
CHOSEN_PITCH = offered(
    "stay", price("pitch", 100), price("pitch", 300, option="lake"), options=PITCHES
)
CAFE = offered(
    "table",
    price("table", 0),
    options=[option("two", 2), option("four", 4)],
    joins=[{"options": ["four", "two"], "persons": 6}, {"options": ["two", "two"], "persons": 4}],
)


def plan(
    what: Offered, slots: list[OfferedSlot], chosen: str | None = None, **tickets: int
) -> PlannedLine:
    people: Any = tickets
    return plan_line(what, wanted(people, option=chosen), slots)


def claims(*pairs: tuple[int, int]) -> tuple[Claim, ...]:
    return tuple(Claim(pool_id, quantity) for pool_id, quantity in pairs)


def around(persons: int) -> list[tuple[int, int]]:
    return [(pool_id, persons) for pool_id in AROUND]


def test_a_session_takes_a_seat_for_each_person_and_people_around_it() -> None:
    line = plan(POTTERY, [slot(at(14))], adult=2, child=1)
    assert (line.persons, line.units, line.nights, line.price_fen) == (3, 3, 0, 32400)
    assert (line.day, line.last_day) == (SATURDAY, SATURDAY)
    assert (line.starts_at, line.ends_at) == (at(14), at(16))
    assert line.choices == (Choice(claims((1, 3), *around(3)), {}),)
    assert line.own_pools == {1}


def test_a_stay_takes_pitches_each_night_and_counts_people_each_day() -> None:
    line = plan(CAMPING, nights("weekend", "workday"), adult=5)
    assert (line.persons, line.units, line.nights, line.price_fen) == (5, 2, 2, 79600)
    assert (line.day, line.last_day) == (date(2026, 9, 13), date(2026, 9, 14))
    assert line.ends_at == at(11, day=date(2026, 9, 15))
    [choice] = line.choices
    assert choice == Choice(
        claims(
            (11, 2),
            (21, 2),
            *((pool_id, 5) for pool_id in (911, 912, 913, 921, 922, 923)),
        ),
        {},
    )
    assert line.own_pools == {11, 21}


def test_a_chosen_pitch_decides_how_many_are_needed_what_they_cost_and_what_they_take() -> None:
    night = nights("weekend", options=["lake", "wood"])
    lake = plan(CHOSEN_PITCH, night, "lake", adult=5)
    wood = plan(CHOSEN_PITCH, night, "wood", adult=5)
    assert (lake.units, lake.price_fen, lake.choices[0].options) == (3, 900, {"lake": 3})
    assert (wood.units, wood.price_fen, wood.choices[0].options) == (1, 100, {"wood": 1})
    assert lake.choices[0].claims[0] == Claim(11, 3)
    assert wood.choices[0].claims[0] == Claim(12, 1)


@pytest.mark.parametrize("chosen", [None, "attic", ""])
def test_where_there_are_several_pitches_one_of_them_is_to_be_chosen(chosen: str | None) -> None:
    with pytest.raises(OptionUnknown) as refused:
        plan(CHOSEN_PITCH, nights("weekend", options=["lake", "wood"]), chosen, adult=2)
    assert refused.value.option == chosen
    assert refused.value.options == ("lake", "wood")


def test_the_only_pitch_needs_no_choice() -> None:
    stay = offered("stay", price("pitch", 100), options=PITCHES[:1])
    line = plan(stay, nights("weekend", options=["lake"]), adult=2)
    assert line.choices[0].options == {"lake": 1}


@pytest.mark.parametrize("what", [POTTERY, CAFE], ids=["session", "table"])
def test_what_cannot_be_chosen_is_refused(what: Offered) -> None:
    with pytest.raises(OptionUnknown) as refused:
        plan(what, quarters(at(18), 6, ["two", "four"]), "two", adult=2)
    assert refused.value.options == ()


def test_a_table_is_one_seating_that_can_be_placed_in_several_ways() -> None:
    line = plan(CAFE, quarters(at(18), 2, ["two", "four"]), adult=3)
    assert (line.persons, line.units, line.nights, line.price_fen) == (3, 1, 0, 0)
    assert (line.starts_at, line.ends_at) == (at(18), at(18, 30))
    assert line.choices == (
        Choice(claims((12, 1), (22, 1), *around(3)), {"four": 1}),
        Choice(claims((11, 2), (21, 2), *around(3)), {"two": 2}),
        Choice(claims((11, 1), (12, 1), (21, 1), (22, 1), *around(3)), {"four": 1, "two": 1}),
    )
    assert line.own_pools == {11, 12, 21, 22}


def test_a_party_that_no_table_takes_is_refused() -> None:
    with pytest.raises(TableTooSmall) as refused:
        plan(CAFE, quarters(at(18), 6, ["two", "four"]), adult=7)
    assert refused.value.most == 6


def test_tables_that_are_all_alike_need_no_sizes() -> None:
    teahouse = offered("table", price("adult", 3000), persons_per_unit=6)
    line = plan(teahouse, quarters(at(18), 1), adult=4)
    assert line.choices == (Choice(claims((11, 1), *around(4)), {}),)
    assert line.price_fen == 12000
    with pytest.raises(TableTooSmall) as refused:
        plan(teahouse, quarters(at(18), 1), adult=7)
    assert refused.value.most == 6


def test_tables_that_are_not_there_at_that_hour_are_not_tried() -> None:
    slots = [*quarters(at(18), 1, ["two", "four"]), *quarters(at(18, 15), 1, ["two"])]
    assert [choice.options for choice in plan(CAFE, slots, adult=3).choices] == [{"two": 2}]
    with pytest.raises(UnitsNotOffered) as refused:
        plan(CAFE, slots, adult=5)
    assert refused.value.options == ("four", "two")


def test_an_entry_is_a_ticket_for_each_person() -> None:
    market = offered("entry", price("adult", 1000), price("adult", 2000, "holiday"))
    line = plan(market, [slot(at(8), 600, day_type="holiday")], adult=3)
    assert (line.units, line.price_fen) == (3, 6000)


def test_a_group_pays_less_and_sees_how_much() -> None:
    groups = offered(
        "session", price("adult", 333), group_steps=[{"from_persons": 5, "percent_off": 10}]
    )
    line = plan(groups, [slot(at(14))], adult=5)
    assert [item.amount_fen for item in line.breakdown] == [1665, -167]
    assert line.breakdown[1].kind == "group_discount"
    assert line.price_fen == 1498


def test_a_party_that_does_not_fit_the_offering_is_refused() -> None:
    with pytest.raises(PartySizeUnfit):
        plan(POTTERY, [slot(at(14))], adult=21)
    with pytest.raises(AdultNeeded):
        plan(CAMPING, nights("weekend"), child=2)
    with pytest.raises(TicketTypeUnpriced):
        plan(POTTERY, [slot(at(14))], senior=1)


@pytest.mark.parametrize(
    ("policies", "expected"),
    [
        (["free"], "free"),
        (["free", "on_site"], "on_site"),
        (["online", "free", "on_site"], "online"),
    ],
)
def test_an_order_is_paid_as_the_strictest_of_its_lines_says(
    policies: list[PaymentPolicy], expected: str
) -> None:
    lines = [
        plan(offered("session", price("adult", 1), payment=policy), [slot(at(14))], adult=1)
        for policy in policies
    ]
    assert accepted_payment(lines) == expected


PEOPLE = st.fixed_dictionaries(
    {"adult": st.integers(1, 300)},
    optional={"child": st.integers(0, 300), "senior": st.integers(0, 300)},
)
FEN = st.integers(0, 10**8)


@PROPERTY
@given(
    tickets=PEOPLE,
    fen=st.lists(FEN, min_size=5, max_size=5),
    days=st.lists(st.sampled_from(DAY_TYPES), min_size=1, max_size=10),
    steps=st.dictionaries(st.integers(1, 1000), st.integers(0, 100), max_size=5),
    kind=st.sampled_from(["stay", "table", "session", "entry"]),
    per_unit=st.integers(1, 8),
)
def test_every_breakdown_sums_to_its_price_and_every_claim_is_of_a_pool_of_the_slots(
    *,
    tickets: dict[TicketType, int],
    fen: list[int],
    days: list[Any],
    steps: dict[int, int],
    kind: Any,
    per_unit: int,
) -> None:
    what = offered(
        kind,
        *(
            price(ticket, amount)
            for ticket, amount in zip(
                ("adult", "child", "senior", "pitch", "table"), fen, strict=True
            )
        ),
        persons_per_unit=1000 if kind == "table" else per_unit,
        party_most=1000,
        group_steps=[{"from_persons": n, "percent_off": steps[n]} for n in sorted(steps)],
    )
    slots = nights(*days) if kind in {"stay", "table"} else nights(days[0])
    line = plan_line(what, wanted(tickets), slots)
    assert sum(item.amount_fen for item in line.breakdown) == line.price_fen >= 0
    assert all(item.amount_fen == item.quantity * item.unit_fen for item in line.breakdown)
    [choice] = line.choices
    assert [claim.pool_id for claim in choice.claims] == sorted(
        pool for slot in slots for pool in (*slot.own_pools.values(), *slot.around_pools)
    )
    assert all(
        claim.quantity == (line.units if claim.pool_id in line.own_pools else line.persons)
        for claim in choice.claims
    )
