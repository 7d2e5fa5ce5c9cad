"""Wakes the making of slots in this process when a year became known or was corrected.

Another process sees it when it looks for itself, a quarter of an hour later at most.
"""

import asyncio
from typing import Final
from weakref import WeakSet

_SLEEPERS: Final[WeakSet[asyncio.Event]] = WeakSet()


def new_alarm() -> asyncio.Event:
    """Return an event that every later `wake` sets; it is forgotten with its owner."""
    alarm = asyncio.Event()
    _SLEEPERS.add(alarm)
    return alarm


def wake() -> None:
    """Have slots made. Called after a commit, from the event loop."""
    for alarm in tuple(_SLEEPERS):
        alarm.set()
