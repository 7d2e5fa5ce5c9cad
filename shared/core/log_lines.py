"""Writing log lines: one write for all of a turn of the event loop, as each costs a system call."""

import asyncio
import atexit
import threading
from typing import TextIO


class LogLines:
    """Writes lines to a file in their order, as a logger that structlog may be given.

    Lines that tell of trouble are written at once, with all before them; others at the end of the
    event loop's turn, and at once where no loop runs. The process's end writes what still waits.
    """

    def __init__(self, file: TextIO) -> None:
        self._file = file
        # The collector may run while it is held, and what it finds may have something to say.
        self._lock = threading.RLock()
        self._waiting: list[str] = []
        self._awaited: asyncio.AbstractEventLoop | None = None
        atexit.register(self.flush)

    def info(self, line: str) -> None:
        """Write a line soon."""
        with self._lock:
            self._waiting.append(line + "\n")
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            self.flush()
            return
        if self._awaited is not loop:
            self._awaited = loop
            loop.call_soon(self.flush)

    debug = info

    def warning(self, line: str) -> None:
        """Write a line now."""
        self.write(line + "\n")
        self.flush()

    error = critical = warning

    def write(self, text: str) -> None:
        """Take whole lines, as a handler of the standard library gives them to a stream."""
        with self._lock:
            self._waiting.append(text)

    def flush(self) -> None:
        """Write all that waits."""
        with self._lock:
            self._awaited = None
            lines, self._waiting = self._waiting, []
            if lines:
                self._file.write("".join(lines))
                self._file.flush()
