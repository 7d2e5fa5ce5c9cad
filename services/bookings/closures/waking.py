"""Wakes the job that calls orders off right after a closure was obeyed. Elsewhere it polls."""

import asyncio
from typing import Final
from weakref import WeakSet

_SLEEPERS: Final[WeakSet[asyncio.Event]] = WeakSet()


def new_alarm() -> asyncio.Event:
    """Return an event that every later `wake_calling_off` sets; forgotten with its owner."""
    alarm = asyncio.Event()
    _SLEEPERS.add(alarm)
    return alarm


def wake_calling_off() -> None:
    """Wake the job. Called after a commit, from the event loop."""
    for alarm in tuple(_SLEEPERS):
        alarm.set()
