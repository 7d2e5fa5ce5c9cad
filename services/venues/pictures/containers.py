"""What a file says of itself by its structure, before any of its pixels are decoded.

A picture that is something else too (a polyglot: an archive, a page, a script appended to it or
hidden in it) is refused, although nobody ever gets to see the file that was sent.
"""

import re
from typing import Final, Literal

Format = Literal["jpeg", "png", "webp", "avif"]

_PNG: Final = b"\x89PNG\r\n\x1a\n"
# A marker that ends a run of compressed JPEG data: no stuffed byte, no restart, no padding.
_JPEG_MARKER: Final = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
_JPEG_START, _JPEG_END, _JPEG_SCAN = 0xD8, 0xD9, 0xDA
_OTHER_TEXTS: Final = re.compile(rb"<script|<svg|<html|<!doctype|<\?php|<iframe", re.IGNORECASE)
_PDF_WITHIN: Final = 1024
_ZIP_END: Final = b"PK\x05\x06"
_ZIP_END_LENGTH: Final = 22
_ZIP_COMMENT_LENGTH: Final = 65_535


def format_of(content: bytes) -> Format | None:
    """Return what a file is by its first bytes."""
    if content.startswith(b"\xff\xd8\xff"):
        return "jpeg"
    if content.startswith(_PNG):
        return "png"
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "webp"
    if content[4:12] == b"ftypavif":
        return "avif"
    return None


def end_of(content: bytes, kind: Format) -> int | None:
    """Return where the picture ends in the file; None where the file is cut off or broken."""
    walks = {"jpeg": _end_of_jpeg, "png": _end_of_png, "webp": _end_of_webp, "avif": _end_of_avif}
    return walks[kind](content)


def is_more_than_a_picture(content: bytes, kind: Format, end: int) -> bool:
    """Tell whether a file could pass for something else, or carries something behind its end.

    Cameras append previews and notes of their own to a JPEG; what they append is left out.
    """
    rest = content[end:].strip(b"\0")
    from_a_camera = kind == "jpeg" and (rest.startswith(b"\xff\xd8\xff") or rest.endswith(b"SEFT"))
    return (
        bool(rest and not from_a_camera)
        or _OTHER_TEXTS.search(content) is not None
        or b"%PDF-" in content[:_PDF_WITHIN]
        or _is_archive(content)
    )


def _is_archive(content: bytes) -> bool:
    """Tell whether a ZIP's directory ends exactly where the file ends, as readers of ZIP look."""
    tail = content[-(_ZIP_END_LENGTH + _ZIP_COMMENT_LENGTH) :]
    place = tail.rfind(_ZIP_END)
    while place >= 0:
        comment = int.from_bytes(tail[place + 20 : place + 22], "little")
        if place + _ZIP_END_LENGTH + comment == len(tail):
            return True
        place = tail.rfind(_ZIP_END, 0, place)
    return False


def _end_of_jpeg(content: bytes) -> int | None:
    place = 2
    while place + 4 <= len(content) or content[place : place + 2] == b"\xff\xd9":
        if content[place] != 0xFF:  # noqa: PLR2004 - every marker begins with it
            return None
        marker = content[place + 1]
        if marker == 0xFF:  # noqa: PLR2004 - padding before a marker
            place += 1
            continue
        if marker == _JPEG_END:
            return place + 2
        place += 2 + int.from_bytes(content[place + 2 : place + 4], "big")
        if marker == _JPEG_SCAN:
            found = _JPEG_MARKER.search(content, place)
            if found is None:
                return None
            place = found.start()
    return None


def _end_of_png(content: bytes) -> int | None:
    place = len(_PNG)
    while place + 12 <= len(content):
        length = int.from_bytes(content[place : place + 4], "big")
        ends = content[place + 4 : place + 8] == b"IEND"
        place += 12 + length
        if ends:
            return place if place <= len(content) else None
    return None


def _end_of_webp(content: bytes) -> int | None:
    length = 8 + int.from_bytes(content[4:8], "little")
    return length if length <= len(content) else None


def _end_of_avif(content: bytes) -> int | None:
    """Walk the boxes (ISO/IEC 14496-12); what follows the last one is no part of the picture."""
    place = 0
    while place + 8 <= len(content):
        length = int.from_bytes(content[place : place + 4], "big")
        if not content[place + 4 : place + 8].isalnum():
            return place
        if length == 1:
            length = int.from_bytes(content[place + 8 : place + 16], "big")
        if length < 8:  # noqa: PLR2004 - 0 is "until the end"; less than a head is nonsense
            return len(content) if length == 0 else None
        place += length
    return place if place <= len(content) else None
