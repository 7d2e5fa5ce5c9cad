"""Run a unit of work again where the database itself asked for it, and only there."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

import asyncpg
import structlog

from shared.db.errors import unavailable

T = TypeVar("T")

_log: Final = structlog.get_logger()
_TRIES: Final = 5
_FIRST_PAUSE: Final = 0.01

# Each of these proves that the transaction was rolled back, so that running it again is safe.
# A lost COMMIT is none of them: it may have committed.
_CONFLICTS: Final = (
    asyncpg.DeadlockDetectedError,
    asyncpg.SerializationError,
    # A migration changed a table under a statement that was prepared before.
    asyncpg.InvalidCachedStatementError,
)


async def retry(unit: Callable[[], Awaitable[T]]) -> T:
    """Run a unit that opens its own transaction, again after a deadlock or a conflict.

    Pauses double from 10 ms. Raises Unavailable when five tries met conflicts.
    """
    pause = _FIRST_PAUSE
    for tries_left in reversed(range(_TRIES)):
        try:
            return await unit()
        except _CONFLICTS as error:
            _log.info("database.conflict", reason=type(error).__name__, tries_left=tries_left)
            if tries_left == 0:
                raise unavailable() from error
        await asyncio.sleep(pause)
        pause *= 2
    raise AssertionError("the last try returns or raises")
