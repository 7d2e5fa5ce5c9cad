"""A bar chart as figures for an SVG: booked behind, arrived in front, for each day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

WIDTH: Final = 960
HEIGHT: Final = 240
FOOT: Final = 34
HEAD: Final = 24
LEFT: Final = 44
MOST_LABELS: Final = 14
# A day takes no more than this, so that one day alone is a bar and not a wall.
WIDEST_STEP: Final = 96


@dataclass(frozen=True, slots=True)
class Figure:
    """The sum of one day; figures that are withheld count nothing."""

    day: date
    booked: int
    arrived: int
    withheld: bool


@dataclass(frozen=True, slots=True)
class Bar:
    """One day as drawn, in the units of the chart."""

    figure: Figure
    x: float
    width: float
    booked_y: float
    booked_height: float
    arrived_y: float
    arrived_x: float
    arrived_width: float
    arrived_height: float
    middle: float
    labelled: bool


@dataclass(frozen=True, slots=True)
class Chart:
    """The bars and the lines behind them: (value, y) each."""

    bars: list[Bar]
    lines: list[tuple[int, float]]
    width: int = WIDTH
    height: int = HEIGHT


def bar_chart(figures: Sequence[Figure]) -> Chart:
    """Return the chart of some days."""
    top = _round_up(max((figure.booked for figure in figures), default=0))
    floor = HEIGHT - FOOT
    scale = (floor - HEAD) / top
    step = min((WIDTH - LEFT) / max(len(figures), 1), WIDEST_STEP)
    every = -(-len(figures) // MOST_LABELS) or 1
    bars = [
        Bar(
            figure=figure,
            x=round(LEFT + step * place + step * 0.18, 1),
            width=round(step * 0.64, 1),
            booked_y=round(floor - figure.booked * scale, 1),
            booked_height=round(figure.booked * scale, 1),
            arrived_y=round(floor - figure.arrived * scale, 1),
            arrived_x=round(LEFT + step * (place + 0.3), 1),
            arrived_width=round(step * 0.4, 1),
            arrived_height=round(figure.arrived * scale, 1),
            middle=round(LEFT + step * (place + 0.5), 1),
            labelled=place % every == 0,
        )
        for place, figure in enumerate(figures)
    ]
    lines = [(value, round(floor - value * scale, 1)) for value in (0, top // 2, top)]
    return Chart(bars, lines)


def _round_up(value: int) -> int:
    """Return the next multiple of 10, 20, 100, 200, …, so that the axis reads well."""
    unit = 10
    while value > unit * 5:
        unit *= 2 if str(unit)[0] != "2" else 5
    return max(unit, -(-value // unit) * unit)
