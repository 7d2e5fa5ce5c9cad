"""The people of one line: how many of which age."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Self

# The bookings service refuses larger parties in one line.
MOST_PERSONS: Final = 20
# More are not read: whoever types so many is told that the party is too large.
MOST_OF_A_TYPE: Final = 99
AGES: Final = ("adult", "child", "senior")


@dataclass(frozen=True, slots=True)
class Party:
    """Adults, children and seniors who come together."""

    adult: int = 2
    child: int = 0
    senior: int = 0

    @classmethod
    def read(cls, typed: Mapping[str, str]) -> Self:
        """Return the party of a query; where it says none that can be booked, two adults."""
        party = cls.typed(typed)
        return party if 0 < party.persons <= MOST_PERSONS else cls()

    @classmethod
    def typed(cls, typed: Mapping[str, str]) -> Self:
        """Return the party of a form as it was typed; nonsense counts as nobody."""
        return cls(**{age: _count(typed.get(age)) for age in AGES})

    @property
    def persons(self) -> int:
        """How many they are."""
        return self.adult + self.child + self.senior

    @property
    def has_grown_up(self) -> bool:
        """Whether somebody comes who can look after the children."""
        return self.adult + self.senior > 0

    @property
    def tickets(self) -> dict[str, int]:
        """How many of each ticket type, without those that nobody needs."""
        return {age: count for age in AGES if (count := getattr(self, age))}

    @property
    def query(self) -> dict[str, str]:
        """The party as parameters of a link."""
        return {age: str(count) for age, count in self.tickets.items()}


def _count(typed: str | None) -> int:
    digits = (typed or "").strip()
    if not (digits.isascii() and digits.isdigit()):
        return 0
    return min(int(digits[:4]), MOST_OF_A_TYPE)
