"""How the journey is told, and how its steps look for their effects."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, TypeVar

from rich.console import Console

WITHIN: Final = 5.0

T = TypeVar("T")


class StepFailedError(Exception):
    """An effect that should be there is not."""


@dataclass
class Story:
    """Tells the journey line by line."""

    console: Console
    began: float

    def chapter(self, text: str) -> None:
        """Begin a part of the journey."""
        self.console.print(f"\n[bold]{text}[/bold]")

    def tell(self, text: str) -> None:
        """Tell one thing that happened, with the time since the beginning."""
        self.console.print(f"  [dim]{time.monotonic() - self.began:5.1f} s[/dim]  {text}")


async def eventually(
    what: str, look: Callable[[], Awaitable[T | None]], *, within: float = WITHIN
) -> T:
    """Return what `look` finds, within so many seconds. Raises StepFailedError."""
    deadline = time.monotonic() + within
    while True:
        found = await look()
        if found is not None:
            return found
        if time.monotonic() > deadline:
            raise StepFailedError(f"{what}: not seen within {within:.0f} s")
        await asyncio.sleep(0.05)


def expect(what: str, found: object, wanted: object) -> None:
    """Raise StepFailedError where something is not as it must be."""
    if found != wanted:
        raise StepFailedError(f"{what}: expected {wanted!r}, found {found!r}")
