"""Wakes the relay right after a commit, so that events leave within milliseconds.

Whoever sleeps here is in this process: the relay itself, or the doorbell that wakes it elsewhere.
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
    """Wake every relay and doorbell of this process. Called after a commit, from the loop."""
    for alarm in tuple(_SLEEPERS):
        alarm.set()
