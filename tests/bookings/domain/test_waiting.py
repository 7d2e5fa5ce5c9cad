"""Whose turn it is on the waiting list."""

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from services.bookings.domain.claims import Claim
from services.bookings.domain.waiting import Skipped, Turn, WaitingParty, whose_turn
from tests.bookings.domain.examples import PROPERTY

SATURDAY, SUNDAY, VILLAGE = 1, 2, 9


def party(number: int, size: int, *pools: int, holds_offer: bool = False) -> WaitingParty:
    """Return a party that takes any of some slots, each with the village around it."""
    wishes = tuple((Claim(pool, size), Claim(VILLAGE, size)) for pool in pools or (SATURDAY,))
    return WaitingParty(UUID(int=number), wishes, holds_offer)


def test_the_first_that_fits_is_offered_places_and_a_family_of_five_not_three() -> None:
    parties = [party(1, 5), party(2, 3), party(3, 1)]
    assert whose_turn(parties, {SATURDAY: 3, VILLAGE: 100}) == Turn(
        UUID(int=2), 0, (Skipped(UUID(int=1), "party_larger_than_free"),)
    )


def test_who_holds_an_offer_already_gets_no_second_one() -> None:
    parties = [party(1, 2, holds_offer=True), party(2, 2)]
    assert whose_turn(parties, {SATURDAY: 4, VILLAGE: 100}) == Turn(
        UUID(int=2), 0, (Skipped(UUID(int=1), "already_holds_offer"),)
    )


def test_another_wish_of_the_first_comes_before_the_second_in_line() -> None:
    parties = [party(1, 4, SATURDAY, SUNDAY), party(2, 2)]
    free = {SATURDAY: 2, SUNDAY: 4, VILLAGE: 100}
    assert whose_turn(parties, free) == Turn(UUID(int=1), 1, ())


def test_a_full_village_lets_nobody_in_whatever_the_slot_has() -> None:
    assert whose_turn([party(1, 2)], {SATURDAY: 10, VILLAGE: 1}) == Turn(
        None, None, (Skipped(UUID(int=1), "party_larger_than_free"),)
    )


@PROPERTY
@given(
    parties=st.lists(
        st.builds(
            lambda size, pools, holds: (size, pools, holds),
            st.integers(1, 8),
            st.lists(st.sampled_from([SATURDAY, SUNDAY]), min_size=1, max_size=2, unique=True),
            st.booleans(),
        ),
        max_size=10,
    ).map(
        lambda rows: [
            party(number, size, *pools, holds_offer=holds)
            for number, (size, pools, holds) in enumerate(rows)
        ]
    ),
    free=st.fixed_dictionaries(dict.fromkeys([SATURDAY, SUNDAY, VILLAGE], st.integers(0, 8))),
)
def test_whoever_is_offered_fits_and_all_before_them_are_told_why_not(
    parties: list[WaitingParty], free: dict[int, int]
) -> None:
    turn = whose_turn(parties, free)
    assert [skip.entry_id for skip in turn.skipped] == [
        party.entry_id for party in parties[: len(turn.skipped)]
    ]
    if turn.entry_id is None:
        assert len(turn.skipped) == len(parties)
        return
    served = parties[len(turn.skipped)]
    assert turn.wish is not None
    assert served.entry_id == turn.entry_id
    assert not served.holds_offer
    assert all(claim.quantity <= free[claim.pool_id] for claim in served.wishes[turn.wish])
