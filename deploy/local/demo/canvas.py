"""A flat, friendly way of drawing villages: shapes on a canvas, drawn large and made small."""

import io
import math
from collections.abc import Iterable, Sequence
from random import Random
from typing import Final, TypeAlias

from PIL import Image, ImageColor, ImageDraw

WIDTH: Final = 1280
HEIGHT: Final = 800
# Drawn larger than it is sent, so that edges are smooth.
SCALE: Final = 1.5
SENT: Final = (960, 600)

Point: TypeAlias = tuple[float, float]


def mixed(one: str, other: str, share: float) -> str:
    """Return a colour between two: `share` 0 is the first, 1 the second."""
    pairs = zip(ImageColor.getrgb(one)[:3], ImageColor.getrgb(other)[:3], strict=True)
    parts = [round(first + (second - first) * share) for first, second in pairs]
    return "#" + bytes(parts).hex()


class Canvas:
    """A picture of 1280 by 800; all lengths are in its pixels, y grows downwards."""

    def __init__(self, top: str, bottom: str, seed: str) -> None:
        self.random = Random(seed)  # noqa: S311 - where leaves and hills lie
        self._image = Image.new("RGB", (round(WIDTH * SCALE), round(HEIGHT * SCALE)), top)
        self._draw = ImageDraw.Draw(self._image)
        for y in range(HEIGHT):
            colour = mixed(top, bottom, y / HEIGHT)
            self._draw.rectangle((0, y * SCALE, WIDTH * SCALE, (y + 1) * SCALE), fill=colour)

    def polygon(self, points: Iterable[Point], fill: str) -> None:
        """Fill a shape."""
        self._draw.polygon([(x * SCALE, y * SCALE) for x, y in points], fill=fill)

    def line(self, points: Sequence[Point], fill: str, width: float) -> None:
        """Draw a line with round joints."""
        scaled = [(x * SCALE, y * SCALE) for x, y in points]
        self._draw.line(scaled, fill=fill, width=round(width * SCALE), joint="curve")

    def oval(self, x: float, y: float, wide: float, high: float, fill: str) -> None:
        """Fill an oval around its centre."""
        box = (x - wide / 2, y - high / 2, x + wide / 2, y + high / 2)
        self._draw.ellipse([one * SCALE for one in box], fill=fill)

    def box(
        self, x: float, y: float, wide: float, high: float, fill: str, *, round_by: float = 0
    ) -> None:
        """Fill a box from its upper left corner, with round corners."""
        corners = [one * SCALE for one in (x, y, x + wide, y + high)]
        self._draw.rounded_rectangle(corners, radius=round_by * SCALE, fill=fill)

    def hills(self, y: float, height: float, fill: str, waves: float = 2.0) -> None:
        """Fill everything below a line of soft hills."""
        shift, second = self.random.uniform(0, 6), self.random.uniform(0, 6)
        ridge = [
            (
                x,
                y
                - height
                * (
                    0.6 * math.sin(x / WIDTH * waves * math.tau + shift)
                    + 0.4 * math.sin(x / WIDTH * waves * 2.3 * math.tau + second)
                ),
            )
            for x in range(0, WIDTH + 21, 20)
        ]
        self.polygon([*ridge, (WIDTH, HEIGHT), (0, HEIGHT)], fill)

    def leaves(
        self,
        box: tuple[float, float, float, float],
        count: int,
        size: float,
        colours: Sequence[str],
    ) -> None:
        """Scatter round leaves or petals over a box."""
        left, top, right, bottom = box
        for _ in range(count):
            wide = size * self.random.uniform(0.6, 1.2)
            self.oval(
                self.random.uniform(left, right),
                self.random.uniform(top, bottom),
                wide,
                wide * 0.9,
                self.random.choice(list(colours)),
            )

    def jpeg(self) -> bytes:
        """Return the picture as a file."""
        file = io.BytesIO()
        small = self._image.resize(SENT, Image.Resampling.LANCZOS)
        small.save(file, "jpeg", quality=90)
        return file.getvalue()
