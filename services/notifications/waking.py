"""Wakes the senders of this process right after a message is owed. Elsewhere they poll."""

import asyncio
from typing import Final
from weakref import WeakSet

_SLEEPERS: Final[WeakSet[asyncio.Event]] = WeakSet()


def new_alarm() -> asyncio.Event:
    """Return an event that every later `wake_senders` sets; it is forgotten with its owner."""
    alarm = asyncio.Event()
    _SLEEPERS.add(alarm)
    return alarm


def wake_senders() -> None:
    """Wake all senders of this process. Called after a commit, from the event loop."""
    for alarm in tuple(_SLEEPERS):
        alarm.set()
