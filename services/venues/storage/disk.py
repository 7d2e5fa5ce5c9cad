"""Files in a folder: for one machine, or for several that share a volume."""

import asyncio
import os
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import BinaryIO

from services.venues.storage.blobs import CHUNK, Blob, BlobKey, BlobMissingError
from shared.core.errors import Unavailable


class DiskStore:
    """Keeps each file in `<folder>/<area>/<first two digits>/<digest>`.

    A file is written beside its place, flushed to the disk, and renamed: whoever looks sees all
    of it or nothing, after a crash too. All of it happens in threads, off the event loop.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = Path(folder).absolute()

    async def put(self, key: BlobKey, content: bytes) -> None:
        """Keep a content under its key."""
        try:
            await asyncio.to_thread(_write, self._folder / key.path, content)
        except OSError as error:
            raise Unavailable from error

    @asynccontextmanager
    async def open(self, key: BlobKey) -> AsyncIterator[Blob]:
        """Open a file for reading."""
        try:
            file, size = await asyncio.to_thread(_open, self._folder / key.path)
        except FileNotFoundError:
            raise BlobMissingError(key.path) from None
        except OSError as error:
            raise Unavailable from error
        try:
            yield Blob(size, _chunks(file))
        finally:
            await asyncio.to_thread(file.close)

    async def delete(self, key: BlobKey) -> None:
        """Drop a file."""
        try:
            await asyncio.to_thread((self._folder / key.path).unlink, missing_ok=True)
        except OSError as error:
            raise Unavailable from error

    async def exists(self, key: BlobKey) -> bool:
        """Tell whether the folder has a file of this key."""
        return await asyncio.to_thread((self._folder / key.path).is_file)


def _write(place: Path, content: bytes) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    draft = place.with_name(f".{place.name}.{secrets.token_hex(4)}")
    try:
        # Documents are nobody else's to read, whatever the umask.
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        draft.rename(place)
    finally:
        draft.unlink(missing_ok=True)
    _flush_names(place.parent)


def _flush_names(folder: Path) -> None:
    """Have the rename itself survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _open(place: Path) -> tuple[BinaryIO, int]:
    file = place.open("rb")
    return file, os.fstat(file.fileno()).st_size


async def _chunks(file: BinaryIO) -> AsyncIterator[bytes]:
    while chunk := await asyncio.to_thread(file.read, CHUNK):
        yield chunk
