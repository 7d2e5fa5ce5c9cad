"""Reading the picture of a ticket back, as far as it takes to know whose it is."""

from typing import Final

import segno

from tests.browser.screen import Screen

# Draws the picture, asks each module for its colour. The quiet zone is three modules wide.
MODULES: Final = """
async ([selector, size]) => {
  const image = document.querySelector(selector);
  image.loading = "eager";
  await image.decode();
  const scale = 6, whole = (size + 6) * scale;
  const canvas = Object.assign(document.createElement("canvas"), { width: whole, height: whole });
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  pen.drawImage(image, 0, 0, whole, whole);
  const dark = (row, column) => {
    const middle = (place) => (place + 3.5) * scale;
    return pen.getImageData(middle(column), middle(row), 1, 1).data[0] < 128 ? "1" : "0";
  };
  const places = [...Array(size).keys()];
  return places.map((row) => places.map((column) => dark(row, column)).join(""));
}
"""


async def shows(screen: Screen, selector: str, code: str) -> bool:
    """Tell whether a picture is the QR code of a ticket's code."""
    wanted = segno.make(code, error="m", micro=False).matrix
    rows = ["".join("1" if module & 1 else "0" for module in row) for row in wanted]
    return bool(rows == await screen.page.evaluate(MODULES, [selector, len(rows)]))
