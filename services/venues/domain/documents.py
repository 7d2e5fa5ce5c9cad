"""What a document of a licence may be: one whole file of three well-known kinds."""

from typing import Final, Literal

DocumentType = Literal["application/pdf", "image/jpeg", "image/png"]

MOST_DOCUMENT_BYTES: Final = 10 * 1024 * 1024
SUFFIXES: Final[dict[DocumentType, str]] = {
    "application/pdf": "pdf",
    "image/jpeg": "jpg",
    "image/png": "png",
}

# How a file of each kind begins, and what stands near its end, within so many bytes. Programs
# that write PDF add a few; a camera adds nothing.
_SIGNS: Final[tuple[tuple[DocumentType, bytes, bytes, int], ...]] = (
    ("application/pdf", b"%PDF-1.", b"%%EOF", 1024),
    ("application/pdf", b"%PDF-2.", b"%%EOF", 1024),
    ("image/jpeg", b"\xff\xd8\xff", b"\xff\xd9", 2),
    ("image/png", b"\x89PNG\r\n\x1a\n", b"IEND\xaeB`\x82", 8),
)


def document_type(content: bytes) -> DocumentType | None:
    """Return what a file is by its own bytes, or None where it is none of the kinds, or broken.

    Nobody opens it here: it is handed out as a download that no browser shows.
    """
    for kind, start, end, within in _SIGNS:
        if content.startswith(start) and end in content[-within:]:
            return kind
    return None
