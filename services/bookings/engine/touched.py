"""Remembers in memory which pools the transactions of this process touched.

It costs an order nothing but adding ids to a set. What a crash or another process loses is found
by the sweep of the job that tells of places.
"""

import asyncio
from collections.abc import Iterable
from functools import partial
from typing import Final
from weakref import WeakSet

from shared.db import Connection, after_commit

_LISTENERS: "Final[WeakSet[TouchedPools]]" = WeakSet()


class TouchedPools(asyncio.Event):
    """The pools that were touched since they were last taken; set while there are any."""

    def __init__(self) -> None:
        super().__init__()
        self._pool_ids: set[int] = set()
        # When the sweep comes next, by the monotonic clock; a process begins with one.
        self.sweep_at = 0.0
        _LISTENERS.add(self)

    def add(self, pool_ids: Iterable[int]) -> None:
        """Remember pools, and wake whoever waits for some."""
        self._pool_ids.update(pool_ids)
        if self._pool_ids:
            self.set()

    def take(self) -> list[int]:
        """Return the remembered pools in their order, and forget them."""
        pool_ids = sorted(self._pool_ids)
        self._pool_ids.clear()
        return pool_ids


def note(pool_ids: Iterable[int]) -> None:
    """Remember pools whose places changed. Called after a commit, from the event loop."""
    ids = tuple(pool_ids)
    for listener in tuple(_LISTENERS):
        listener.add(ids)


def note_after_commit(conn: Connection, pool_ids: Iterable[int]) -> None:
    """Remember pools as soon as the connection's transaction has committed."""
    after_commit(conn, partial(note, tuple(pool_ids)))
