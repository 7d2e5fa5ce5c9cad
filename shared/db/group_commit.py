"""Group commit: what waits for the database is taken together, without a timer.

One batch is in flight per lane, and the next batch is whatever has queued meanwhile. So a lone
item goes straight through, and under load the fsync and the row locks are shared by many.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Hashable, Sequence
from contextvars import Context
from typing import Final, Generic, TypeAlias, TypeVar

import structlog

from shared.core.errors import Unavailable
from shared.db.errors import CommitUnknown, unavailable

T = TypeVar("T")
R = TypeVar("R")

# Running items again after one of these would be unsafe, or in vain.
_NOT_AGAIN: Final = (CommitUnknown, Unavailable)

_log: Final = structlog.get_logger()


class _Entry(Generic[T, R]):
    """An item, and the future that its submitter waits for."""

    __slots__ = ("answer", "item", "key")

    def __init__(self, item: T, answer: "asyncio.Future[R]", key: Hashable) -> None:
        self.item = item
        self.answer = answer
        self.key = key


_Queue: TypeAlias = deque[_Entry[T, R]]


class GroupCommit(Generic[T, R]):
    """Gathers items of many tasks into batches, and gives each task its own answer.

    `run` does a batch and returns one result for each item, in order; a result that is an
    exception is raised to its submitter only. Where `run` itself raises, each item of the batch
    is run again alone, so that one bad row fails nobody else; but an error that leaves the
    outcome unknown, or says that the database is away, goes to all.

    With at most `lanes` batches in flight, another one is begun beside the first only when
    `enough` items wait: small batches on all lanes are slower than larger ones on few. `most` is
    the size of the largest batch. Items with the same `key` are never in flight together.

    Batches run outside the context variables of any submitter: an item brings what it needs.
    """

    def __init__(
        self,
        run: Callable[[Sequence[T]], Awaitable[Sequence[R | Exception]]],
        *,
        lanes: int = 2,
        most: int = 128,
        enough: int = 8,
        key: Callable[[T], Hashable] | None = None,
    ) -> None:
        if min(lanes, most, enough) < 1:
            raise ValueError("lanes, most and enough must be at least 1")
        self._run = run
        self._lanes = lanes
        self._most = most
        self._enough = enough
        self._key = key
        self._queue: _Queue[T, R] = deque()
        # Whoever waits behind an item of the same key that is queued or in flight.
        self._behind: dict[Hashable, _Queue[T, R]] = {}
        self._open: set[asyncio.Task[None]] = set()
        self._opening = False
        self._closed = False

    async def submit(self, item: T) -> R:
        """Have an item run in one of the next batches, and return its result.

        A cancelled submitter takes its item back, unless its batch has begun: then the item is
        run all the same. Raises what `run` returned or raised for the item, and Unavailable after
        `close`.
        """
        if self._closed:
            raise unavailable()
        key = None if self._key is None else self._key(item)
        entry = _Entry[T, R](item, asyncio.get_running_loop().create_future(), key)
        if self._key is None:
            self._queue.append(entry)
        elif (behind := self._behind.get(key)) is not None:
            behind.append(entry)
        else:
            self._behind[key] = deque()
            self._queue.append(entry)
        self._open_lane()
        return await entry.answer

    async def close(self) -> None:
        """Take nothing more; wait until all that was submitted is done."""
        self._closed = True
        while self._open:
            await asyncio.wait(self._open)

    def _open_lane(self) -> None:
        """Open a lane if there is work for one more, and none is on its way to its first batch."""
        if self._opening or not self._queue or len(self._open) == self._lanes:
            return
        if self._open and len(self._queue) < self._enough:
            return
        self._opening = True
        self._open.add(asyncio.create_task(self._follow_lane(), context=Context()))

    async def _follow_lane(self) -> None:
        """Run batches until there is no more work for this lane.

        Between its last look at the queue and its end nothing else runs, so that whoever queues
        later finds the lane gone and opens another.
        """
        self._opening = False
        try:
            while batch := self._take():
                await self._run_batch(batch)
        finally:
            task = asyncio.current_task()
            assert task is not None  # noqa: S101 - this is a task
            self._open.discard(task)
            self._open_lane()

    def _take(self) -> list[_Entry[T, R]]:
        if len(self._open) > 1 and len(self._queue) < self._enough:
            return []
        batch: list[_Entry[T, R]] = []
        while self._queue and len(batch) < self._most:
            entry = self._queue.popleft()
            if entry.answer.cancelled():
                self._let_next_in(entry)
            else:
                batch.append(entry)
        self._open_lane()
        return batch

    async def _run_batch(self, batch: list[_Entry[T, R]]) -> None:
        try:
            results = await self._run([entry.item for entry in batch])
        except Exception as error:  # noqa: BLE001 - raised to the submitters
            if len(batch) == 1 or isinstance(error, _NOT_AGAIN):
                self._answer(batch, [error] * len(batch))
                return
            _log.warning("group_commit.batch_failed", reason=type(error).__name__, size=len(batch))
            await self._run_singly(batch)
        except BaseException:
            for entry in batch:
                entry.answer.cancel()
            raise
        else:
            if len(results) != len(batch):
                # What was done is not known, so nothing may be done again.
                results = [RuntimeError("a batch lost or made up results")] * len(batch)
            self._answer(batch, results)

    async def _run_singly(self, batch: list[_Entry[T, R]]) -> None:
        while batch:
            entry = batch.pop(0)
            await self._run_batch([entry])
            if not entry.answer.cancelled() and isinstance(entry.answer.exception(), Unavailable):
                # Each of the others would wait for a database that is away.
                self._answer(batch, [unavailable()] * len(batch))
                return

    def _answer(self, batch: list[_Entry[T, R]], results: Sequence[R | Exception]) -> None:
        for entry, result in zip(batch, results, strict=True):
            if entry.answer.done():
                pass
            elif isinstance(result, Exception):
                entry.answer.set_exception(result)
                # Counts as heard, should the submitter be cancelled in this very moment.
                entry.answer.exception()
            else:
                entry.answer.set_result(result)
            self._let_next_in(entry)

    def _let_next_in(self, entry: _Entry[T, R]) -> None:
        """Queue the first item that waits behind the entry's key, before those that came later."""
        if self._key is None:
            return
        behind = self._behind[entry.key]
        if behind:
            self._queue.appendleft(behind.popleft())
        else:
            del self._behind[entry.key]
