"""Small cells are not shown: a figure about few people is a figure about somebody.

Source: docs/domain.md rule 13.
"""

from typing import Final

FEWEST_SHOWN: Final = 10


def is_suppressed(booked: int) -> bool:
    """Tell whether a cell is about so few booked people that it must not be shown.

    The booked people decide, not those who arrived: a group of 30 of whom 4 came is a group of
    30. A cell without anybody tells nothing about anybody.
    """
    return 0 < booked < FEWEST_SHOWN
