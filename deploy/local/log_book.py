"""The stack's log: one readable line per event on the screen, and a file for each part."""

import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final, TextIO

NAME_WIDTH: Final = 13
LARGEST_FILE: Final = 5 * 1024 * 1024
SUPERVISOR: Final = "stack"
# Colours of a terminal that can be read on light and on dark ground.
COLOURS: Final = (36, 32, 33, 35, 34, 96, 92, 93, 95, 94)
GREY: Final = 90


class LogBook:
    """Takes the lines of all parts; each gets a name column, in colour on a terminal."""

    def __init__(self, folder: Path, *, screen: TextIO = sys.stdout, colour: bool = False) -> None:
        self._folder = folder
        self._screen: TextIO | None = screen
        self._colour = colour
        self._codes: dict[str, int] = {SUPERVISOR: GREY}
        folder.mkdir(parents=True, exist_ok=True)

    def writer(self, name: str) -> Callable[[str], None]:
        """Return what takes the lines of one part."""
        code = self._codes.setdefault(name, COLOURS[len(self._codes) % len(COLOURS)])
        file = _CappedFile(self._folder / f"{name}.log")
        prefix = f"{name:<{NAME_WIDTH}} "
        if self._colour:
            prefix = f"\x1b[{code}m{prefix}\x1b[0m"

        def write(line: str) -> None:
            file.write(line)
            self.say(prefix + line)

        return write

    def say(self, line: str) -> None:
        """Print a line as it is."""
        if self._screen is None:
            return
        try:
            print(line, file=self._screen, flush=True)
        except OSError:  # whoever read our output has gone; the files go on
            self._screen = None


class _CappedFile:
    """A log file that moves aside when it is large; one older file is kept."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def write(self, line: str) -> None:
        # A full disk must not take the supervisor down, so a line may be missing from the file.
        with suppress(OSError):
            with self._path.open("a", encoding="utf-8") as file:
                file.write(line + "\n")
                large = file.tell() > LARGEST_FILE
            if large:
                self._path.replace(self._path.with_suffix(".log.1"))
