import pytest

from tests.bookings.closures.closing import Closing
from tests.bookings.payments.conftest import cashier, paying
from tests.bookings.world import Bookings

__all__ = ["cashier", "paying"]


@pytest.fixture
def closing(bookings: Bookings) -> Closing:
    return Closing(bookings)
