"""The pictures of the demo's venues: what each shows, put together from what stands there."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from deploy.local.demo import things
from deploy.local.demo.canvas import HEIGHT, WIDTH, Canvas, mixed

DAY: Final = ("#cfe6ec", "#f7efdc")
DUSK: Final = ("#4d5d86", "#f3b27a")
NIGHT: Final = ("#1f2b46", "#46567a")
PETALS: Final = ("#d1495b", "#f08a9b", "#f7c6c7")


def _country(canvas: Canvas, colours: tuple[str, str, str], first: float = 430) -> None:
    """Draw three rows of hills, the near ones stronger."""
    for number, colour in enumerate(colours):
        canvas.hills(first + number * 95, 60 - number * 14, colour, 1.6 + number * 0.5)


def _stream(canvas: Canvas, colour: str = "#8cc0cb") -> None:
    bends = [(560, 610), (700, 650), (520, 700), (760, 760), (640, HEIGHT)]
    left = [(x - 18 - number * 26, y) for number, (x, y) in enumerate(bends)]
    right = [(x + 18 + number * 34, y) for number, (x, y) in enumerate(bends)]
    canvas.polygon(left + right[::-1], colour)


def _table(canvas: Canvas, y: float, colour: str = things.WOOD) -> None:
    canvas.box(0, y, WIDTH, HEIGHT - y, colour)
    canvas.box(0, y, WIDTH, 14, mixed(colour, "#ffffff", 0.25))
    for plank in range(1, 4):
        place = y + plank * (HEIGHT - y) / 4
        canvas.line([(0, place), (WIDTH, place)], mixed(colour, things.INK, 0.15), 3)


def _window(canvas: Canvas, wall: str) -> None:
    """Draw a room's wall with a window on the hills that were drawn before."""
    left, top, right, bottom = 380, 70, 1120, 470
    for box in (
        (0, 0, left, HEIGHT),
        (right, 0, WIDTH - right, HEIGHT),
        (left, 0, right - left, top),
        (left, bottom, right - left, HEIGHT - bottom),
    ):
        canvas.box(*box, wall)
    for x in (left, (left + right) / 2, right):
        canvas.box(x - 9, top - 9, 18, bottom - top + 18, things.WOOD)
    for y in (top, bottom):
        canvas.box(left - 9, y - 9, right - left + 18, 18, things.WOOD)


def _room(seed: str, wall: str) -> Canvas:
    canvas = Canvas(*DAY, seed)
    _country(canvas, ("#a9c9bd", "#7fb08f", "#5f9a73"), 270)
    _window(canvas, wall)
    return canvas


def camp() -> Canvas:
    """Draw tents by the stream at dusk."""
    canvas = Canvas(*DUSK, "camp")
    canvas.oval(980, 330, 120, 120, "#fbe3b0")
    _country(canvas, ("#6d7f9e", "#4f7a72", "#47805a"))
    _stream(canvas, "#93a9c4")
    things.tent(canvas, 250, 690, 130, "#e9c46a")
    things.tent(canvas, 450, 620, 85, "#f4ead5")
    things.tent(canvas, 1010, 700, 150, things.CLAY)
    for x in (90, 820, 1190):
        things.tree(canvas, x, 640, 150)
    canvas.polygon([(742, 690), (765, 620), (792, 690)], "#f4a259")
    canvas.polygon([(752, 690), (766, 650), (782, 690)], "#ffe08a")
    canvas.line([(725, 694), (810, 694)], things.INK, 9)
    return canvas


def cafe() -> Canvas:
    """Draw a cup at the window."""
    canvas = _room("cafe", "#efe3cf")
    _table(canvas, 610)
    things.cup(canvas, 640, 715, 150, "#f8f4ec")
    things.pot(canvas, 1020, 650, 150, "#6f9a8d", belly=0.4)
    things.flowers(canvas, 1020, 505, 110, PETALS)
    things.books(canvas, 210, 660, 190, 4)
    return canvas


def bamboo() -> Canvas:
    """Draw a basket in the bamboo grove."""
    canvas = Canvas("#e4f0dc", "#c5ddb8", "bamboo")
    canvas.hills(640, 20, "#8fb883", 1.2)
    for x in range(40, WIDTH, 74):
        things.bamboo(
            canvas, x + canvas.random.uniform(-20, 20), 700, canvas.random.uniform(560, 760)
        )
    canvas.hills(705, 12, "#6fa06c", 1.0)
    things.basket(canvas, 520, 740, 210)
    things.basket(canvas, 800, 750, 140)
    return canvas


def walk() -> Canvas:
    """Draw the old road over a stone bridge."""
    canvas = Canvas(*DAY, "walk")
    canvas.oval(250, 180, 110, 110, "#f7d98b")
    _country(canvas, ("#b3cfc4", "#86b494", "#699f70"))
    _stream(canvas)
    canvas.polygon(
        [(420, 690), (520, 640), (760, 640), (860, 690), (800, 700), (480, 700)], "#9a9c94"
    )
    canvas.oval(640, 705, 210, 90, "#8cc0cb")
    for x, size in ((170, 120), (300, 90), (1050, 130)):
        things.house(canvas, x, 610, size)
    for x in (930, 1180, 60):
        things.tree(canvas, x, 660, 160)
    return canvas


def kiln() -> Canvas:
    """Draw the dragon kiln on its slope, alight."""
    canvas = Canvas("#dfe5e2", "#f6e6cf", "kiln")
    _country(canvas, ("#b7c9b6", "#8fb088", "#779c6c"))
    for part in range(9):
        x, y = 260 + part * 88, 690 - part * 34
        canvas.oval(x, y - 40, 150, 130, mixed("#a5583a", "#d08c60", part / 9))
        canvas.oval(x, y - 22, 34, 40, "#3a2a24" if part else "#ffb347")
    for puff in range(6):
        canvas.oval(1010 + puff * 24, 330 - puff * 46, 60 + puff * 16, 44 + puff * 10, "#f3efe8")
    canvas.hills(735, 8, "#6a8f60", 1.0)
    things.pot(canvas, 120, 760, 140, things.CLAY)
    things.pot(canvas, 420, 775, 100, "#6f9a8d", belly=0.3)
    things.house(canvas, 1130, 660, 110)
    return canvas


def shelf() -> Canvas:
    """Draw pots on their shelves, waiting for the fire."""
    canvas = Canvas("#efe3cf", "#e6d5ba", "shelf")
    colours = ("#b85c38", "#d8c3a5", "#6f9a8d", "#e0a458", "#8a5a44", "#5f8a94")
    for row in range(3):
        foot = 260 + row * 235
        canvas.box(40, foot, WIDTH - 80, 22, things.WOOD)
        canvas.box(40, foot + 22, WIDTH - 80, 8, mixed(things.WOOD, things.INK, 0.3))
        for number in range(7):
            size = canvas.random.uniform(95, 170)
            belly = canvas.random.uniform(0.15, 0.55)
            colour = colours[canvas.random.randrange(6)]
            things.pot(canvas, 140 + number * 168, foot, size, colour, belly=belly)
    return canvas


def bakery() -> Canvas:
    """Draw rice bread on the table."""
    canvas = _room("bakery", "#f4e4c8")
    _table(canvas, 600, "#b98353")
    for x, y, size in ((300, 720, 210), (560, 690, 170), (820, 730, 230), (1090, 690, 160)):
        things.loaf(canvas, x, y, size)
    return canvas


def ricefield() -> Canvas:
    """Draw decks and tents above the golden rice."""
    canvas = Canvas(*DAY, "rice")
    _country(canvas, ("#b3cfc4", "#86b494", "#d9b44a"))
    for row in range(9):
        y = 640 + row * 20
        canvas.line([(0, y), (WIDTH, y - 26)], mixed("#e6c65c", "#b98a2f", row / 9), 9)
    for x, colour in ((330, "#f4ead5"), (900, "#e0a458")):
        canvas.box(x - 170, 640, 340, 20, things.WOOD)
        for leg in (-140, 0, 140):
            canvas.box(x + leg, 655, 12, 60, mixed(things.WOOD, things.INK, 0.25))
        things.tent(canvas, x, 640, 130, colour)
    things.tree(canvas, 1190, 640, 170)
    return canvas


def reading() -> Canvas:
    """Draw a lit house at night, and books."""
    canvas = Canvas(*NIGHT, "reading")
    canvas.leaves((0, 0, WIDTH, 330), 60, 4, ("#fdf3d0", "#cfd8ee"))
    canvas.oval(230, 150, 100, 100, "#fbe9b7")
    canvas.oval(262, 135, 90, 90, mixed(*NIGHT, 0.18))
    _country(canvas, ("#33466a", "#2b4a55", "#274a44"))
    things.house(canvas, 640, 660, 260, lit=True)
    things.house(canvas, 1080, 620, 130, lit=True)
    things.tree(canvas, 190, 670, 210, ("#2f5a4c", "#3a6a55", "#264a40"))
    _table(canvas, 705, "#5a4636")
    things.books(canvas, 330, 760, 170, 5)
    things.books(canvas, 900, 770, 150, 3)
    return canvas


def market() -> Canvas:
    """Draw stalls of books under lanterns by the river."""
    canvas = Canvas(*DUSK, "market")
    canvas.box(0, 470, WIDTH, 90, "#7d93b5")
    for x in range(60, WIDTH, 170):
        things.house(canvas, x, 480, 90, lit=True)
    canvas.box(0, 550, WIDTH, HEIGHT - 550, "#cdb48f")
    for x, colour in ((230, "#d1495b"), (640, "#3d6f8e"), (1050, "#4f8a5b")):
        things.stall(canvas, x, 730, 165, colour)
        things.books(canvas, x - 80, 642, 100, 4)
        things.books(canvas, x + 60, 642, 90, 3)
    canvas.line([(0, 120), (420, 180), (860, 180), (WIDTH, 120)], things.INK, 4)
    for x, y in ((120, 138), (320, 166), (540, 180), (760, 180), (980, 162), (1180, 136)):
        things.lantern(canvas, x, y, 62)
    return canvas


def prints() -> Canvas:
    """Draw bookplates drying on a line."""
    canvas = Canvas("#e9e2d3", "#d9cdb6", "prints")
    canvas.line([(0, 150), (640, 190), (WIDTH, 150)], things.INK, 4)
    for number, colour in enumerate(("#b85c38", "#3d6f8e", "#4f8a5b", "#7b4b6a")):
        x, y = 110 + number * 290, 178
        canvas.box(x, y, 200, 270, things.PAPER, round_by=4)
        canvas.box(x + 18, y + 18, 164, 234, colour, round_by=4)
        canvas.oval(x + 100, y + 90, 90, 90, things.PAPER)
        canvas.polygon(
            [
                (x + 18, y + 252),
                (x + 80, y + 150),
                (x + 130, y + 210),
                (x + 182, y + 160),
                (x + 182, y + 252),
            ],
            things.PAPER,
        )
        canvas.box(x + 92, y - 18, 16, 34, things.WOOD, round_by=3)
    _table(canvas, 600)
    things.books(canvas, 300, 680, 200, 4)
    things.pot(canvas, 900, 690, 110, "#33413a", belly=0.25)
    canvas.box(1020, 640, 170, 46, things.CLAY, round_by=12)
    return canvas


def vases() -> Canvas:
    """Draw three vases of camellias at the window."""
    canvas = _room("vases", "#eadfd2")
    _table(canvas, 610, "#9c7a5b")
    for x, size, colour in ((330, 190, "#6f9a8d"), (650, 230, "#f8f4ec"), (980, 180, "#8a5a44")):
        things.pot(canvas, x, 730, size, colour, belly=0.35)
        things.flowers(canvas, x, 730 - size, size * 0.95, PETALS)
    return canvas


def garden() -> Canvas:
    """Draw rows of camellias up to the hills."""
    canvas = Canvas(*DAY, "garden")
    _country(canvas, ("#b3cfc4", "#86b494", "#7aa865"))
    for row in range(5):
        y, size = 590 + row * 52, 70 + row * 26
        for x in range(-40 + (row % 2) * 60, WIDTH + 60, 125 + row * 12):
            canvas.oval(x, y, size * 1.5, size, things.GREENS[row % 3])
            box = (x - size * 0.6, y - size * 0.4, x + size * 0.6, y + size * 0.3)
            canvas.leaves(box, 9, size * 0.17, PETALS)
    return canvas


def picnic() -> Canvas:
    """Draw a cloth under a tree."""
    canvas = Canvas(*DAY, "picnic")
    _country(canvas, ("#b3cfc4", "#86b494", "#7fb36f"))
    things.tree(canvas, 260, 690, 420)
    things.tree(canvas, 1120, 610, 170, (*PETALS, "#f7e3e3"))
    corners = [(560, 640), (1010, 640), (1120, 770), (440, 770)]
    canvas.polygon(corners, things.PAPER)
    for stripe in range(5):
        top, low = 560 + stripe * 96, 440 + stripe * 145
        canvas.polygon([(top, 640), (top + 46, 640), (low + 70, 770), (low, 770)], "#d1495b")
    things.basket(canvas, 660, 715, 130)
    things.cup(canvas, 870, 725, 62, "#f8f4ec")
    things.loaf(canvas, 980, 745, 100)
    return canvas


SCENES: Final[Mapping[str, Callable[[], Canvas]]] = MappingProxyType(
    {
        drawing.__name__: drawing
        for drawing in (
            *(camp, cafe, bamboo, walk, kiln, shelf, bakery),
            *(ricefield, reading, market, prints, vases, garden, picnic),
        )
    }
)
