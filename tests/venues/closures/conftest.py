import pytest

from tests.venues.closures.closing import Closing
from tests.venues.stage import Stage


@pytest.fixture
def closing(stage: Stage) -> Closing:
    return Closing(stage)
