"""Wakes the job of this process that reads feeds, when somebody asks for one to be read now."""

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
    """Wake the job of this process. Called after a commit, from the event loop."""
    for alarm in tuple(_SLEEPERS):
        alarm.set()
