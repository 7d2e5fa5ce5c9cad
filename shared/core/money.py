"""Money in whole fen (1/100 yuan, CNY). No floating point, no rounding."""

from dataclasses import dataclass
from typing import Annotated, Final, Self

from pydantic import Field

FEN_PER_YUAN: Final = 100
# The largest order at the highest price that venues takes stays below it, and
# every JSON reader keeps it exactly.
MOST_FEN: Final = 10**14

Fen = Annotated[int, Field(strict=True, ge=0, le=MOST_FEN, description="Whole fen (CNY 0.01).")]


@dataclass(frozen=True, slots=True, order=True)
class Money:
    """An amount of money in whole fen; may be negative, as in a refund's entry."""

    fen: int

    def __add__(self, other: Self) -> "Money":
        return Money(self.fen + other.fen)

    def __sub__(self, other: Self) -> "Money":
        return Money(self.fen - other.fen)

    def __mul__(self, times: int) -> "Money":
        return Money(self.fen * times)

    def __neg__(self) -> "Money":
        return Money(-self.fen)

    def __str__(self) -> str:
        sign = "-" if self.fen < 0 else ""
        yuan, fen = divmod(abs(self.fen), FEN_PER_YUAN)
        return f"{sign}¥{yuan:,}" if fen == 0 else f"{sign}¥{yuan:,}.{fen:02d}"
