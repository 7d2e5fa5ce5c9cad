"""Going through many rows so that a broken one stops nobody behind it.

Each row, or batch, is a unit of work with its own transaction. What fails is left as it is, and
the log names it; the next run meets it again. A database that is away ends the run instead.
"""

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Final, TypeVar
from uuid import UUID

import structlog

from shared.core.errors import Unavailable
from shared.db import CommitUnknown, retry

T = TypeVar("T")

_log: Final = structlog.get_logger()


async def one_by_one(
    ids: Sequence[UUID], do: Callable[[UUID], Awaitable[object]], *, stuck: str, name: str
) -> None:
    """Do something with each of some rows, again after a conflict.

    `stuck` is the log's event for one that fails, which it calls `name`. Raises Unavailable.
    """
    for one in ids:
        try:
            await retry(partial(do, one))
        except (Unavailable, CommitUnknown):
            raise
        except Exception as error:  # noqa: BLE001 - what is wrong with one must not stop others
            broken = getattr(error, "constraint_name", None)
            _log.exception(stuck, **{name: str(one)}, constraint=broken)


async def in_batches(
    ids: Sequence[UUID],
    size: int,
    do: Callable[[Sequence[UUID]], Awaitable[object]],
    *,
    stuck: str,
    name: str,
) -> None:
    """Do something with rows, `size` at a time; what fails together is done again one by one."""
    for first in range(0, len(ids), size):
        batch = ids[first : first + size]
        try:
            await retry(partial(do, batch))
        except (Unavailable, CommitUnknown):
            raise
        except Exception:  # noqa: BLE001 - whose fault it is shows when each is done alone
            await one_by_one(batch, lambda one: do([one]), stuck=stuck, name=name)
