"""A ticket's code as a picture that a phone's camera reads from a dim screen."""

import io
from typing import Final

import segno

# Level M survives a cracked screen; the next higher would make the modules smaller.
CORRECTION: Final = "m"
MODULE_PIXELS: Final = 5
# The standard's quiet zone (ISO/IEC 18004 §5.3.8); without it readers on dark pages fail.
QUIET_MODULES: Final = 4


def qr_png(code: str) -> bytes:
    """Return the code as a PNG, black on white. It takes some ten milliseconds of computing."""
    picture = io.BytesIO()
    symbol = segno.make(code, error=CORRECTION, boost_error=False, micro=False)
    symbol.save(picture, kind="png", scale=MODULE_PIXELS, border=QUIET_MODULES)
    return picture.getvalue()
