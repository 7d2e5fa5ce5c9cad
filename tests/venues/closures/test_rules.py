"""When a closure is over, and what of it is open: against a model that looks at every venue."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.venues.domain.closing import (
    APPROVABLE,
    KINDS,
    Area,
    Part,
    lies_in,
    over_at,
    shut_until,
    standing_of,
)
from shared.contracts.terms import OfferingKind
from tests.venues.stage import NOW

FROM: Final = NOW
UNTIL: Final = NOW + timedelta(hours=48)
VILLAGES: Final = [UUID(int=number) for number in (1, 2, 3)]
VENUES: Final[Mapping[UUID, UUID]] = {
    UUID(int=100 + number): VILLAGES[number % 3] for number in range(6)
}

hours = st.integers(-5, 60).map(lambda hour: FROM + timedelta(hours=hour))
some_kinds = st.frozensets(st.sampled_from(KINDS))
some_villages = st.frozensets(st.sampled_from(VILLAGES))
some_venues = st.frozensets(st.sampled_from(sorted(VENUES)))
parts_of_it = st.lists(st.builds(Part, some_villages, some_venues, some_kinds, hours), max_size=5)
areas = st.builds(
    lambda villages, venues, kinds: Area(
        villages, {venue: VENUES[venue] for venue in venues}, kinds, FROM, UNTIL
    ),
    some_villages,
    some_venues,
    some_kinds,
).filter(lambda area: bool(area.villages or area.venues))


def is_shut(
    area: Area, parts: list[Part], venue: UUID, kind: OfferingKind, begins: datetime
) -> bool:
    """Say what bookings' statement says of something that begins then and takes no time."""
    village = VENUES[venue]
    covered = (
        (village in area.villages or venue in area.venues)
        and (not area.kinds or kind in area.kinds)
        and area.closed_from <= begins < area.closed_until
    )
    return covered and not any(
        part.open_from <= begins
        and (not (part.villages or part.venues) or village in part.villages or venue in part.venues)
        and (not part.kinds or kind in part.kinds)
        for part in parts
    )


@given(area=areas, parts=parts_of_it, begins=hours)
def test_what_is_shown_as_shut_is_what_is_not_sold(
    area: Area, parts: list[Part], begins: datetime
) -> None:
    for venue, village in VENUES.items():
        if village not in area.villages and venue not in area.venues:
            continue
        for kind in area.all_kinds:
            shown = area.closed_from <= begins < shut_until(area, parts, village, venue, kind)
            assert shown == is_shut(area, parts, venue, kind, begins)


@given(area=areas, parts=parts_of_it, later=hours)
def test_when_it_is_over_nothing_of_it_is_shut(
    area: Area, parts: list[Part], later: datetime
) -> None:
    over = over_at(area, parts)
    if later >= over:
        assert not any(
            is_shut(area, parts, venue, kind, later) for venue in VENUES for kind in KINDS
        )


@given(
    area=areas,
    parts=parts_of_it,
    more=st.builds(Part, some_villages, some_venues, some_kinds, hours),
)
def test_reopening_never_shuts_anything(area: Area, parts: list[Part], more: Part) -> None:
    assert over_at(area, [*parts, more]) <= over_at(area, parts) <= area.closed_until


@given(area=areas, parts=parts_of_it)
def test_the_order_of_reopenings_does_not_matter(area: Area, parts: list[Part]) -> None:
    assert over_at(area, parts) == over_at(area, parts[::-1])


@given(area=areas, at=hours)
def test_what_is_reopened_whole_is_over_then(area: Area, at: datetime) -> None:
    whole = Part(frozenset(), frozenset(), frozenset(), at)
    assert over_at(area, [whole]) == min(at, area.closed_until)


def test_a_village_is_open_when_it_is_named_and_not_before() -> None:
    area = Area(frozenset(VILLAGES[:2]), {}, frozenset(), FROM, UNTIL)
    one_by_one = [Part(frozenset(), frozenset({venue}), frozenset(), FROM) for venue in VENUES]
    assert over_at(area, one_by_one) == UNTIL
    by_village = [Part(frozenset({one}), frozenset(), frozenset(), FROM) for one in VILLAGES[:2]]
    assert over_at(area, by_village) == FROM


@pytest.mark.parametrize(
    ("part", "lies"),
    [
        (Part(frozenset(), frozenset(), frozenset(), FROM), True),
        (Part(frozenset({VILLAGES[0]}), frozenset(), frozenset({"stay"}), FROM), True),
        (Part(frozenset({VILLAGES[2]}), frozenset(), frozenset(), FROM), False),
        (Part(frozenset(), frozenset({UUID(int=100)}), frozenset(), FROM), True),
        (Part(frozenset(), frozenset({UUID(int=102)}), frozenset(), FROM), False),
        (Part(frozenset(), frozenset({uuid4()}), frozenset(), FROM), False),
        (Part(frozenset(), frozenset(), frozenset({"table"}), FROM), False),
        (Part(frozenset(), frozenset(), frozenset(), UNTIL), False),
    ],
    ids=[
        "all of it", "a village and a kind", "another village", "a venue in it",
        "a venue elsewhere", "no venue", "another kind", "after its end",
    ],
)  # fmt: skip
def test_only_what_was_closed_can_be_reopened(part: Part, *, lies: bool) -> None:
    area = Area(frozenset({VILLAGES[0]}), {}, frozenset({"stay"}), FROM, UNTIL)
    assert lies_in(area, part, VENUES) == lies


def test_a_proposal_expires_and_what_is_in_force_ends() -> None:
    assert (
        standing_of("proposed", NOW, UNTIL, NOW + APPROVABLE - timedelta(seconds=1)) == "proposed"
    )
    assert standing_of("proposed", NOW, UNTIL, NOW + APPROVABLE) == "expired"
    assert standing_of("in_force", NOW, UNTIL, UNTIL - timedelta(seconds=1)) == "in_force"
    assert standing_of("in_force", NOW, UNTIL, UNTIL) == "ended"
    assert standing_of("rejected", NOW, UNTIL, UNTIL) == "rejected"
