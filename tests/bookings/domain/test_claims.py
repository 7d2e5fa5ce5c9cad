"""What a line takes from the pools."""

from hypothesis import given
from hypothesis import strategies as st

from services.bookings.domain.claims import Claim, claims_for
from tests.bookings.domain.examples import PROPERTY

POOLS = st.integers(1, 40)


def test_units_are_claimed_of_each_slot_and_people_once_around_them() -> None:
    assert claims_for([(2, 1), (1, 1)], [10, 20, 10, 30], persons=4) == (
        Claim(1, 1),
        Claim(2, 1),
        Claim(10, 4),
        Claim(20, 4),
        Claim(30, 4),
    )


def test_units_of_one_pool_add_up() -> None:
    assert claims_for([(1, 2), (1, 1)], [10], persons=2) == (Claim(1, 3), Claim(10, 2))


@PROPERTY
@given(
    own=st.lists(st.tuples(POOLS, st.integers(1, 9))),
    around=st.lists(POOLS.map(lambda pool: pool + 100)),
    persons=st.integers(1, 1000),
)
def test_claims_are_sorted_and_name_each_pool_once(
    own: list[tuple[int, int]], around: list[int], persons: int
) -> None:
    claims = claims_for(own, around, persons)
    pools = [claim.pool_id for claim in claims]
    assert pools == sorted({pool for pool, _ in own} | set(around))
    assert sum(claim.quantity for claim in claims) == (
        sum(units for _, units in own) + persons * len(set(around))
    )
