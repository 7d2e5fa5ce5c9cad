"""What stands in the villages, drawn on a canvas: each thing by the middle of its foot."""

import math
from collections.abc import Sequence
from typing import Final

from deploy.local.demo.canvas import Canvas, mixed

INK: Final = "#33413a"
WALL: Final = "#f6efe2"
TILES: Final = "#55606a"
WOOD: Final = "#a9744f"
CLAY: Final = "#b85c38"
PAPER: Final = "#fbf6ea"
GREENS: Final = ("#4f8a5b", "#6aa36f", "#3f7650", "#86b07a")


def house(canvas: Canvas, x: float, y: float, size: float, *, lit: bool = False) -> None:
    """Draw a white house under curved tiles."""
    wide, high = 1.6 * size, 0.75 * size
    canvas.box(x - wide / 2, y - high, wide, high, WALL)
    eaves, ridge = y - high, y - high - 0.5 * size
    canvas.polygon(
        [
            (x - wide * 0.62, eaves + 0.06 * size),
            (x - wide * 0.36, ridge + 0.12 * size),
            (x - wide * 0.3, ridge),
            (x + wide * 0.3, ridge),
            (x + wide * 0.36, ridge + 0.12 * size),
            (x + wide * 0.62, eaves + 0.06 * size),
            (x + wide * 0.55, eaves + 0.12 * size),
            (x - wide * 0.55, eaves + 0.12 * size),
        ],
        TILES,
    )
    pane = "#ffd277" if lit else "#8fb3b0"
    for place in (-0.5, 0.5):
        left = x + place * wide * 0.55 - 0.13 * size
        canvas.box(left, y - 0.5 * size, 0.26 * size, 0.26 * size, pane)
    canvas.box(x - 0.13 * size, y - 0.46 * size, 0.26 * size, 0.46 * size, WOOD)


def tent(canvas: Canvas, x: float, y: float, size: float, colour: str) -> None:
    """Draw a ridge tent with an open door."""
    top = y - 0.9 * size
    canvas.polygon([(x - 0.9 * size, y), (x, top), (x + 0.9 * size, y)], colour)
    canvas.polygon([(x, top), (x + 0.9 * size, y), (x + 0.3 * size, y)], mixed(colour, INK, 0.18))
    canvas.polygon([(x - 0.25 * size, y), (x, top + 0.3 * size), (x + 0.2 * size, y)], INK)


def tree(canvas: Canvas, x: float, y: float, size: float, colours: Sequence[str] = GREENS) -> None:
    """Draw a round tree."""
    canvas.box(x - 0.06 * size, y - 0.6 * size, 0.12 * size, 0.6 * size, WOOD)
    middle = y - 0.95 * size
    canvas.oval(x, middle, 0.95 * size, 0.9 * size, colours[0])
    box = (x - 0.36 * size, middle - 0.34 * size, x + 0.36 * size, middle + 0.3 * size)
    canvas.leaves(box, 26, 0.2 * size, colours)


def bamboo(canvas: Canvas, x: float, y: float, height: float) -> None:
    """Draw a stalk with its joints and some leaves."""
    lean = canvas.random.uniform(-0.06, 0.06) * height
    for part in range(7):
        low, high = part / 7, (part + 0.93) / 7
        canvas.line(
            [(x + lean * low, y - height * low), (x + lean * high, y - height * high)],
            GREENS[part % 2],
            0.022 * height,
        )
    for part in range(3, 8):
        start = (x + lean * part / 7, y - height * part / 7)
        for side in (-1, 1):
            tip = (start[0] + side * 0.12 * height, start[1] + 0.05 * height)
            under = (start[0] + side * 0.05 * height, start[1] + 0.045 * height)
            canvas.polygon([start, tip, under], GREENS[2])


def cup(canvas: Canvas, x: float, y: float, size: float, colour: str) -> None:
    """Draw a cup on its saucer, and the steam above it."""
    canvas.oval(x, y, 1.7 * size, 0.26 * size, mixed(colour, INK, 0.12))
    canvas.oval(x + 0.58 * size, y - 0.45 * size, 0.5 * size, 0.5 * size, colour)
    canvas.oval(x + 0.58 * size, y - 0.45 * size, 0.28 * size, 0.28 * size, mixed(colour, INK, 0.3))
    canvas.polygon(
        [
            (x - 0.6 * size, y - 0.85 * size),
            (x + 0.6 * size, y - 0.85 * size),
            (x + 0.4 * size, y - 0.06 * size),
            (x - 0.4 * size, y - 0.06 * size),
        ],
        colour,
    )
    canvas.oval(x, y - 0.85 * size, 1.2 * size, 0.24 * size, mixed(colour, INK, 0.1))
    canvas.oval(x, y - 0.84 * size, 1.04 * size, 0.18 * size, "#6b4430")
    for side in (-0.22, 0.1):
        steam = [
            (x + side * size + 0.1 * size * math.sin(step / 3), y - (1.1 + step / 14) * size)
            for step in range(14)
        ]
        canvas.line(steam, PAPER, 0.05 * size)


def pot(
    canvas: Canvas, x: float, y: float, size: float, colour: str, *, belly: float = 0.5
) -> None:
    """Draw a thrown pot; `belly` says how round it is."""
    side = [
        (0.26 + belly * math.sin(math.pi * step / 20) ** 1.4 * 0.75, step / 20)
        for step in range(21)
    ]
    left = [(x - out * size, y - up * size) for out, up in side]
    right = [(x + out * size, y - up * size) for out, up in reversed(side)]
    canvas.polygon(left + right, colour)
    shade = [(x + out * size * 0.45, y - up * size) for out, up in side]
    canvas.polygon(shade + right, mixed(colour, INK, 0.16))
    canvas.oval(x, y - size, 0.52 * size, 0.13 * size, mixed(colour, INK, 0.45))


def flowers(canvas: Canvas, x: float, y: float, size: float, petals: Sequence[str]) -> None:
    """Draw a bunch above the mouth of a vase."""
    for number in range(9):
        angle = math.pi * (0.15 + 0.7 * number / 8)
        reach = size * (0.75 if number % 2 else 1.0)
        tip = (x - reach * math.cos(angle), y - reach * math.sin(angle))
        canvas.line([(x, y), tip], GREENS[2], 0.035 * size)
        petal = petals[number % len(petals)]
        for leaf in range(5):
            turn = math.tau * leaf / 5
            canvas.oval(
                tip[0] + 0.11 * size * math.cos(turn),
                tip[1] + 0.11 * size * math.sin(turn),
                0.2 * size,
                0.2 * size,
                petal,
            )
        canvas.oval(tip[0], tip[1], 0.12 * size, 0.12 * size, "#f2c14e")


def books(canvas: Canvas, x: float, y: float, size: float, count: int = 5) -> None:
    """Draw a stack of books."""
    colours = ("#b85c38", "#4f8a5b", "#3d6f8e", "#d9a441", "#7b4b6a")
    for number in range(count):
        wide = size * canvas.random.uniform(0.8, 1.1)
        shift = size * canvas.random.uniform(-0.08, 0.08)
        top = y - (number + 1) * 0.2 * size
        canvas.box(
            x - wide / 2 + shift, top, wide, 0.18 * size, colours[number % 5], round_by=0.02 * size
        )
        canvas.box(
            x - wide / 2 + shift + 0.04 * size,
            top + 0.05 * size,
            wide - 0.04 * size,
            0.08 * size,
            PAPER,
        )


def stall(canvas: Canvas, x: float, y: float, size: float, colour: str) -> None:
    """Draw a market stall under a striped awning."""
    for side in (-0.85, 0.85):
        canvas.box(x + side * size - 0.03 * size, y - 1.4 * size, 0.06 * size, 1.4 * size, WOOD)
    canvas.box(x - 0.9 * size, y - 0.55 * size, 1.8 * size, 0.55 * size, WOOD, round_by=0.03 * size)
    for stripe in range(8):
        left = x - size + stripe * 0.25 * size
        canvas.polygon(
            [
                (x + (left - x) * 0.8, y - 1.75 * size),
                (x + (left + 0.25 * size - x) * 0.8, y - 1.75 * size),
                (left + 0.25 * size, y - 1.3 * size),
                (left, y - 1.3 * size),
            ],
            colour if stripe % 2 else PAPER,
        )
        canvas.oval(
            left + 0.125 * size,
            y - 1.3 * size,
            0.25 * size,
            0.18 * size,
            colour if stripe % 2 else PAPER,
        )


def lantern(canvas: Canvas, x: float, y: float, size: float) -> None:
    """Draw a red lantern that hangs from a point."""
    canvas.line([(x, y), (x, y + 0.4 * size)], INK, 0.04 * size)
    canvas.oval(x, y + 0.85 * size, 1.1 * size, 0.95 * size, "#d1495b")
    canvas.oval(x, y + 0.85 * size, 0.5 * size, 0.95 * size, "#e2747f")
    canvas.box(x - 0.25 * size, y + 0.34 * size, 0.5 * size, 0.1 * size, "#d9a441")
    canvas.box(x - 0.25 * size, y + 1.27 * size, 0.5 * size, 0.1 * size, "#d9a441")


def loaf(canvas: Canvas, x: float, y: float, size: float) -> None:
    """Draw a round loaf with its cuts."""
    canvas.oval(x, y - 0.32 * size, 1.3 * size, 0.75 * size, "#c98b4b")
    canvas.oval(x - 0.08 * size, y - 0.4 * size, 1.0 * size, 0.45 * size, "#dba463")
    for cut in (-0.28, 0.0, 0.28):
        middle = x + cut * size
        ends = [(middle - 0.1 * size, y - 0.24 * size), (middle + 0.1 * size, y - 0.56 * size)]
        canvas.line(ends, "#f4dcb0", 0.06 * size)


def basket(canvas: Canvas, x: float, y: float, size: float) -> None:
    """Draw a woven basket with its handle."""
    handle = [
        (
            x - 0.6 * size * math.cos(math.pi * step / 16),
            y - (0.6 + 0.75 * math.sin(math.pi * step / 16)) * size,
        )
        for step in range(17)
    ]
    canvas.line(handle, WOOD, 0.07 * size)
    canvas.polygon(
        [
            (x - 0.7 * size, y - 0.65 * size),
            (x + 0.7 * size, y - 0.65 * size),
            (x + 0.52 * size, y),
            (x - 0.52 * size, y),
        ],
        "#c79a5b",
    )
    for row in range(4):
        high = y - (0.1 + 0.15 * row) * size
        for number in range(7):
            left = x + (-0.5 + number * 0.15 + (row % 2) * 0.06) * size
            canvas.box(
                left, high - 0.05 * size, 0.09 * size, 0.07 * size, "#a9744f", round_by=0.02 * size
            )
