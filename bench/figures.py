"""Figures of a measurement, and what is said about them."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final

PERCENT: Final = 100


def percentile(values: Sequence[float], percent: float) -> float:
    """Return the value that `percent` of the values do not exceed (nearest rank)."""
    ordered = sorted(values)
    rank = max(1, -(-len(ordered) * percent // PERCENT))
    return ordered[int(rank) - 1]


@dataclass(frozen=True)
class Speed:
    """How much was done in a second, and how long one took, in milliseconds."""

    per_second: float
    p50_ms: float
    p99_ms: float

    def __str__(self) -> str:
        return f"{self.per_second:,.0f}/s, p50 {self.p50_ms:.1f} ms, p99 {self.p99_ms:.1f} ms"


def speed_of(milliseconds: Sequence[float], seconds: float) -> Speed:
    """Return the speed of as many things as there are latencies, done in `seconds`."""
    return Speed(
        len(milliseconds) / seconds, percentile(milliseconds, 50), percentile(milliseconds, 99)
    )


def middle(speeds: Sequence[Speed]) -> Speed:
    """Return the medians of several repetitions, each figure by itself."""
    return Speed(
        median(speed.per_second for speed in speeds),
        median(speed.p50_ms for speed in speeds),
        median(speed.p99_ms for speed in speeds),
    )


@dataclass(frozen=True)
class Row:
    """One line of the table: a figure, what it is compared with, and whether the goal is met.

    `reached` is None where the figure is told for information.
    """

    work: str
    figure: str
    reference: str
    ratio: str
    goal: str
    reached: bool | None


def compared(work: str, figure: str, reference: str, ratio: float, least: float) -> Row:
    """Return the row of a ratio that should be `least` or more."""
    return Row(work, figure, reference, f"{ratio:.2f}×", f"≥ {least:g}×", ratio >= least)


def limited(work: str, figure: float, most: float, unit: str, reference: str = "") -> Row:
    """Return the row of a figure that should be `most` or less."""
    return Row(work, f"{figure:,.1f} {unit}", reference, "", f"≤ {most:g} {unit}", figure <= most)


def exactly(work: str, figure: int, expected: int) -> Row:
    """Return the row of a figure that has to be right, whatever the speed."""
    return Row(work, f"{figure:,}", "", "", f"= {expected:,}", figure == expected)
