"""Pictures to send: drawn here, so that each byte of them is known."""

import io
from typing import Any

from PIL import Image


def drawn(width: int, height: int) -> Image.Image:
    """A picture with a red corner at its top left."""
    image = Image.new("RGB", (width, height), "#3a7d44")
    image.paste("#c0392b", (0, 0, width // 4, height // 4))
    return image


def picture(kind: str = "jpeg", size: tuple[int, int] = (800, 600), **saved: Any) -> bytes:
    """A small picture in one of the formats."""
    file = io.BytesIO()
    drawn(*size).save(file, kind, **saved)
    return file.getvalue()


def from_a_phone() -> bytes:
    """A JPEG that was held upright, and says where and with what it was taken."""
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "Secretphone"
    exif.get_ifd(0x8825)[2] = (29.0, 52.0, 12.0)
    return picture(exif=exif, comment=b"Secretcomment")


def opened(content: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(content))
    image.load()
    return image
