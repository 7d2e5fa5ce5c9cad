"""What a line takes from the pools."""

from services.bookings.domain.claims import Claim, claims_for


def test_two_nights_claim_each_night_once_and_count_people_around_them() -> None:
    friday, saturday = (1, 10, 20, 30), (2, 11, 21, 31)
    assert claims_for([friday, saturday], units=1, persons=4) == (
        Claim(1, 1),
        Claim(2, 1),
        Claim(10, 4),
        Claim(11, 4),
        Claim(20, 4),
        Claim(21, 4),
        Claim(30, 4),
        Claim(31, 4),
    )


def test_slots_that_share_a_pool_add_up_in_it() -> None:
    assert claims_for([(1, 10, 20, 30), (2, 10, 20, 30)], units=2, persons=2) == (
        Claim(1, 2),
        Claim(2, 2),
        Claim(10, 4),
        Claim(20, 4),
        Claim(30, 4),
    )
