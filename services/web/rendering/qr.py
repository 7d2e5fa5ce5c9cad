"""QR codes as drawings."""

import io

import segno
from markupsafe import Markup


def qr_svg(text: str) -> bytes:
    """Return the code of a text as an SVG file."""
    made = io.BytesIO()
    qr = segno.make(text, error="m", micro=False)
    qr.save(made, kind="svg", scale=4, border=3, light="#ffffff", svgclass=None, lineclass=None)
    return made.getvalue()


def qr_inline(text: str) -> Markup:
    """Return the code of a text as a part of a page, for whom no address of it is known."""
    qr = segno.make(text, error="m", micro=False)
    # segno writes figures only: nothing of the text is in the drawing as text.
    return Markup(  # noqa: S704
        qr.svg_inline(scale=4, border=3, light="#ffffff", svgclass=None, lineclass=None)
    )
