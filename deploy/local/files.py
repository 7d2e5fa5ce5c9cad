"""Files that are either there as a whole or not at all."""

import os
from pathlib import Path


def write_whole(file: Path, text: str, *, mode: int = 0o644) -> None:
    """Replace a file; whoever reads it at any moment sees the old or the new text."""
    draft = file.with_name(f".{file.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(descriptor, "w", encoding="utf-8") as opened:
        opened.write(text)
        opened.flush()
        os.fsync(opened.fileno())
    draft.rename(file)
