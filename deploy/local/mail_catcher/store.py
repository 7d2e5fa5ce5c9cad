"""The caught messages on disk, one .eml file each.

A message that is delivered again (the same Message-ID to the same recipients) is kept once, as
mailbox servers commonly do: its sender was not sure whether it had been taken.
"""

import hashlib
import os
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from deploy.local.mail_catcher.letter import (
    RECEIVED_AT,
    RECIPIENT,
    SENDER,
    Letter,
    Summary,
    message_id_of,
    read,
    summarise,
)

KEPT: Final = 5_000
SHANGHAI: Final = ZoneInfo("Asia/Shanghai")


class BeingKeptError(Exception):
    """The same message arrived twice at once; the first is not yet safe on disk."""


class Inbox:
    """The newest `kept` messages of a folder, known by rising numbers."""

    def __init__(self, folder: Path, *, kept: int = KEPT) -> None:
        self._folder = folder
        self._kept = kept
        folder.mkdir(parents=True, exist_ok=True)
        for draft in folder.glob("*.draft"):  # was never accepted: the sender tries again
            draft.unlink()
        # A file is named by its number, and by what it is known by when it comes again.
        kept_files = [path.stem.partition("-") for path in folder.glob("*-*.eml")]
        self._known = {int(number): known for number, _, known in kept_files}
        self._numbers = sorted(self._known)
        self._next = self._numbers[-1] + 1 if self._numbers else 1
        self._summaries: dict[int, Summary] = {}

    def take_number(self, recipients: Sequence[str], content: bytes) -> int | None:
        """Return the number of a new message, or None for one that is here already.

        Raises BeingKeptError for one that is being written at this moment.
        """
        number = self._next
        known = _known_by(recipients, content) or f"{number:016x}"
        for other, other_known in self._known.items():
            if other_known == known:
                if other not in self._numbers:
                    raise BeingKeptError
                return None
        self._next += 1
        self._known[number] = known
        return number

    def forget(self, number: int) -> None:
        """Forget a message that could not be written."""
        del self._known[number]

    def write(self, number: int, sender: str, recipients: Sequence[str], content: bytes) -> None:
        """Put a message on disk; when this returns, no crash loses it. Blocks; any thread."""
        now = datetime.now(SHANGHAI).isoformat(timespec="milliseconds")
        headers = [
            (SENDER, sender),
            *((RECIPIENT, address) for address in recipients),
            (RECEIVED_AT, now),
        ]
        envelope = "".join(f"{name}: {value}\r\n" for name, value in headers)
        draft = self._folder / f"{number:09d}.draft"
        with draft.open("wb") as file:
            file.write(envelope.encode() + content)
            file.flush()
            os.fsync(file.fileno())
        draft.rename(self._path(number))
        folder = os.open(self._folder, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def add(self, number: int) -> None:
        """Show a written message, and remove the oldest where there are too many."""
        self._numbers.append(number)
        self._numbers.sort()
        while len(self._numbers) > self._kept:
            oldest = self._numbers.pop(0)
            self._summaries.pop(oldest, None)
            self._path(oldest).unlink(missing_ok=True)
            del self._known[oldest]

    def newest_first(self, to: str = "") -> Iterator[Summary]:
        """Yield the messages, or only those to one address or phone number."""
        for number in reversed(tuple(self._numbers)):
            summary = self._summary(number)
            if not to or summary.is_for(to):
                yield summary

    def letter(self, number: int) -> Letter:
        """Return a whole message. Raises KeyError if there is none of that number."""
        if number not in self._numbers:
            raise KeyError(number)
        return read(number, self._path(number).read_bytes())

    def __len__(self) -> int:
        return len(self._numbers)

    def _summary(self, number: int) -> Summary:
        if number not in self._summaries:
            self._summaries[number] = summarise(number, self._path(number).read_bytes())
        return self._summaries[number]

    def _path(self, number: int) -> Path:
        return self._folder / f"{number:09d}-{self._known[number]}.eml"


def _known_by(recipients: Sequence[str], content: bytes) -> str | None:
    """Return what tells a message that comes again; nothing does where it has no Message-ID."""
    message_id = message_id_of(content)
    if message_id is None:
        return None
    text = "\n".join((message_id, *sorted(recipients)))
    return hashlib.sha256(text.encode()).hexdigest()[:16]
