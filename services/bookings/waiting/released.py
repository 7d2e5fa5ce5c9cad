"""Wakes the waiting list of this process right after places came back.

A process that gives places back but offers none wakes nobody; whoever offers elsewhere polls.
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
    """Wake the waiting list. Called after a commit, from the event loop."""
    for alarm in tuple(_SLEEPERS):
        alarm.set()
