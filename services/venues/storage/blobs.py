"""What every store of files can do, and by which keys.

A key is the digest of the content (SHA-256), so a file never changes, the same file is stored
once, and nothing that somebody typed ever becomes a path.
"""

import hashlib
import re
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Final, Literal, Protocol, Self, get_args

# Whose files they are. Files of one area are never served, or swept, by the rules of another.
Area = Literal["photos", "licences"]

CHUNK: Final = 256 * 1024

_DIGEST: Final = re.compile(r"[0-9a-f]{64}", re.ASCII)


class BlobMissingError(LookupError):
    """The store has no file of this key."""


@dataclass(frozen=True, slots=True)
class BlobKey:
    """Names one file: its area, and the SHA-256 of its content in lower-case hex.

    Raises ValueError for anything else, so a key is always safe as a part of a path.
    """

    area: Area
    digest: str

    def __post_init__(self) -> None:
        if self.area not in get_args(Area) or not _DIGEST.fullmatch(self.digest):
            raise ValueError("no key of a stored file")

    @classmethod
    def of(cls, area: Area, content: bytes) -> Self:
        """Return the key of a content. It takes about 1 ms for each MB: hash large ones aside."""
        return cls(area, hashlib.sha256(content).hexdigest())

    @property
    def path(self) -> str:
        """Where the file lies in its store, relative, with `/` between the parts."""
        return f"{self.area}/{self.digest[:2]}/{self.digest}"


@dataclass(frozen=True, slots=True)
class Blob:
    """A stored file, opened: how many bytes it has, and the bytes, to be read once."""

    size: int
    chunks: AsyncIterator[bytes]


class BlobStore(Protocol):
    """A place for files. Every method raises Unavailable where the store does not answer."""

    async def put(self, key: BlobKey, content: bytes) -> None:
        """Keep a content under its key: as a whole or not at all, and again without harm."""

    def open(self, key: BlobKey) -> AbstractAsyncContextManager[Blob]:
        """Open a file for reading. Raises BlobMissingError."""

    async def delete(self, key: BlobKey) -> None:
        """Drop a file; one that is not there is no error."""

    async def exists(self, key: BlobKey) -> bool:
        """Tell whether the store has a file of this key."""


async def read_whole(store: BlobStore, key: BlobKey) -> bytes:
    """Return the content of a file. Raises BlobMissingError and Unavailable."""
    async with store.open(key) as blob:
        return b"".join([chunk async for chunk in blob.chunks])
