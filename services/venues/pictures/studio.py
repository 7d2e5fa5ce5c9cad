"""The program that decodes strangers' pictures: `python -m services.venues.pictures.studio`.

It runs as a process of its own, without our settings, with little memory and little time, so a
file that was made to hurt a decoder hurts nobody else. It reads the file from its input and
writes one line of JSON to its output, and behind it the files that it made.
"""

import io
import json
import os
import resource
import sys
from typing import Any, Final, NamedTuple

from PIL import Image, ImageCms, ImageOps
from PIL.JpegImagePlugin import JpegImageFile

from services.venues.pictures.containers import (
    Format,
    end_of,
    format_of,
    is_more_than_a_picture,
)

MOST_PIXELS: Final = 50_000_000
MOST_BYTES: Final = 15 * 1024 * 1024
# Wider than this, or higher, is no picture that a page could show.
LONGEST_SHAPE: Final = 5
WIDTHS: Final = (320, 640, 1280, 1920)
# The picture's own width is made as well where it is this much wider than the last of those.
WORTH_IT: Final = 1.15
SAVED_AS: Final[dict[str, dict[str, Any]]] = {
    "avif": {"quality": 55, "speed": 8, "max_threads": 1},
    "webp": {"quality": 76, "method": 4},
    "jpeg": {"quality": 78, "optimize": True, "progressive": True},
}
_REDUCIBLE: Final = frozenset({"RGB", "RGBA", "CMYK", "L"})
MEMORY: Final = 1536 * 1024 * 1024
CPU_SECONDS: Final = 40


class RefusedError(Exception):
    """The file is no picture that we take; its text is the reason, as a code."""


class Made(NamedTuple):
    """One file: its size as a picture, and its bytes."""

    format: str
    width: int
    height: int
    content: bytes


def look(content: bytes) -> dict[str, Any]:
    """Return format and size of a picture, after all of it was decoded once.

    Raises RefusedError. The size is read from the file's head before any pixel is.
    """
    image, kind = _opened(content)
    image.load()
    turned = ImageOps.exif_transpose(image)
    # What was decoded may be smaller than what the file holds.
    width, height = image.info["size"]
    if (turned.width > turned.height) != (image.width > image.height):
        width, height = height, width
    return {"format": kind, "width": width, "height": height}


def make(content: bytes) -> tuple[dict[str, Any], list[Made]]:
    """Make a picture anew in all widths and formats, without anything but its pixels.

    Turned as its camera says, its colours in sRGB, never larger than it was.
    """
    image, _ = _opened(content)
    image.load()
    factor = min(image.size) // WIDTHS[-1]
    if factor > 1 and image.mode in _REDUCIBLE:
        # Before anything copies it: 50 megapixels are 200 MB.
        image = image.reduce(factor)
    plain = _plain(image)
    made = [
        Made(kind, width, height, _saved(sized, kind))
        for width, height in _sizes(plain)
        for sized in (plain.resize((width, height), Image.Resampling.LANCZOS, reducing_gap=3.0),)
        for kind in SAVED_AS
    ]
    return {"colour": _colour(plain)}, made


def _opened(content: bytes) -> tuple[Image.Image, Format]:
    """Open a picture by its head alone, within the limits. Raises RefusedError."""
    kind = format_of(content)
    if kind is None:
        raise RefusedError("unknown")
    end = end_of(content, kind)
    if end is None:
        raise RefusedError("unreadable")
    if is_more_than_a_picture(content, kind, end):
        raise RefusedError("ambiguous")
    file = io.BytesIO(content[:end])
    # Pillow would take a JPEG with a camera's previews for a film.
    image = JpegImageFile(file) if kind == "jpeg" else Image.open(file, formats=[kind])
    if image.width * image.height > MOST_PIXELS:
        raise RefusedError("pixels")
    if max(image.size) > LONGEST_SHAPE * min(image.size):
        raise RefusedError("shape")
    if getattr(image, "n_frames", 1) > 1:
        raise RefusedError("animated")
    image.info["size"] = image.size
    # A JPEG can be decoded at a half, a quarter or an eighth for less.
    shortest = min(image.size)
    scale = min(1.0, WIDTHS[-1] / shortest)
    image.draft("RGB", (int(image.width * scale), int(image.height * scale)))
    return image, kind


def _plain(image: Image.Image) -> Image.Image:
    """Return nothing but the pixels: upright, in sRGB, on white where it was transparent."""
    turned = ImageOps.exif_transpose(image)
    profile = image.info.get("icc_profile")
    if turned.mode not in _REDUCIBLE:
        turned = turned.convert("RGBA" if turned.has_transparency_data else "RGB")
    alpha = turned.getchannel("A") if turned.mode == "RGBA" else None
    if alpha is not None:
        turned = turned.convert("RGB")
    colours = _in_srgb(turned, profile)
    plain = Image.new("RGB", colours.size, "white")
    plain.paste(colours, mask=alpha)
    return plain


def _in_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    if profile:
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            changed = ImageCms.profileToProfile(
                image, source, ImageCms.createProfile("sRGB"), outputMode="RGB"
            )
        except (ImageCms.PyCMSError, OSError):
            pass  # a broken profile, or one for other colours than these: taken for sRGB
        else:
            if changed is not None:
                return changed
    return image.convert("RGB")


def _sizes(image: Image.Image) -> list[tuple[int, int]]:
    widths = [width for width in WIDTHS if width <= image.width]
    if not widths or (widths[-1] < WIDTHS[-1] and image.width > WORTH_IT * widths[-1]):
        widths.append(image.width)
    return [(width, max(1, round(image.height * width / image.width))) for width in widths]


def _saved(image: Image.Image, kind: str) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **SAVED_AS[kind])
    return file.getvalue()


def _colour(image: Image.Image) -> str:
    average = image.resize((1, 1), Image.Resampling.BOX).tobytes()
    return f"#{average.hex()}"


def _limit_itself() -> None:
    """Take no more memory and time than a picture needs, and give way to whoever answers."""
    os.nice(10)
    if sys.platform == "linux":
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS + 1))
    # It opens no files and writes none.
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


def main() -> None:
    """Do what the first argument says with the file from the input."""
    Image.MAX_IMAGE_PIXELS = None  # we have a limit of our own, and refuse by it
    Image.preinit()
    Image.init()
    _limit_itself()
    content = sys.stdin.buffer.read(MOST_BYTES + 1)
    made: list[Made] = []
    try:
        if sys.argv[1] == "make":
            found, made = make(content)
        else:
            found = look(content)
    except RefusedError as refused:
        found = {"refused": str(refused)}
    except Exception:  # noqa: BLE001 - whatever a decoder says of a stranger's file
        found = {"refused": "unreadable"}
    found["files"] = [[*file[:3], len(file.content)] for file in made]
    sys.stdout.buffer.write(json.dumps(found).encode() + b"\n")
    for file in made:
        sys.stdout.buffer.write(file.content)


if __name__ == "__main__":
    main()
