"""Access tokens that ended before their time: the list of accounts, as each service knows it.

Every process asks accounts for the list every few seconds. While accounts is away it goes on with
the list that it has: a token that was refused stays refused, and nobody else is turned away.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Final
from uuid import UUID

import structlog
from aiohttp import web
from pydantic import ValidationError

from shared.core.errors import Unavailable
from shared.http.access import Caller
from shared.http.models import Reply

# With what accounts and the network take, a revocation is known everywhere well within a minute.
SOONEST_SECONDS: Final = 10.0
LATEST_SECONDS: Final = 15.0
ANSWER_SECONDS: Final = 5.0
# Keys that were dropped are forgotten after so many rounds.
ROUNDS_PER_KEYS: Final = 20

_log = structlog.get_logger()


class RevokedSession(Reply):
    """A session that ended; its access tokens are good no longer."""

    session_id: UUID
    revoked_at: datetime


class RevokedTokens(Reply):
    """The access tokens of an account of a generation before this one."""

    account_id: UUID
    generation: int
    revoked_at: datetime


class RevocationList(Reply):
    """All that was revoked within the life of an access token."""

    sessions: list[RevokedSession]
    accounts: list[RevokedTokens]


# Returns None where nothing has changed; raises Unavailable.
FetchRevocations = Callable[[], Awaitable[RevocationList | None]]


async def nothing_revoked() -> None:
    """Stand for a list that never changes."""


class Revocations:
    """The latest list, asked for every token."""

    def __init__(self, fetch: FetchRevocations = nothing_revoked) -> None:
        self._fetch = fetch
        self._sessions: frozenset[UUID] = frozenset()
        self._generations: dict[UUID, int] = {}
        self._fetching = asyncio.Lock()

    async def refresh(self) -> None:
        """Fetch the list; where that fails, keep the one that is here."""
        # One at a time, so that an older answer never comes after a newer one.
        async with self._fetching:
            await self._refresh()

    async def _refresh(self) -> None:
        try:
            fetched = await self._fetch()
        except (Unavailable, ValidationError) as error:
            _log.warning("revocations.unavailable", reason=type(error).__name__)
            return
        if fetched is None:
            return
        self._sessions = frozenset(one.session_id for one in fetched.sessions)
        generations: dict[UUID, int] = {}
        for one in fetched.accounts:
            known = generations.get(one.account_id, 0)
            generations[one.account_id] = max(known, one.generation)
        self._generations = generations

    def refuse(self, caller: Caller, generation: int) -> bool:
        """Tell whether a token of this caller, of this generation, is good no longer."""
        if caller.session_id in self._sessions:
            return True
        if caller.account_id is None:
            return False
        return generation < self._generations.get(caller.account_id, 0)


def watch(app: web.Application, refresh: Callable[[int], Awaitable[None]]) -> None:
    """Call `refresh` with the number of the round as long as the application runs."""
    running: list[asyncio.Task[None]] = []

    async def start(_app: web.Application) -> None:
        running.append(asyncio.create_task(_repeat(refresh), name="watch revocations"))

    async def stop(_app: web.Application) -> None:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    # After everything that it needs was opened, and before any of that is closed.
    app.on_startup.append(start)
    app.on_cleanup.insert(0, stop)


async def _repeat(refresh: Callable[[int], Awaitable[None]]) -> None:
    number = 0
    while True:
        try:
            await refresh(number)
        except Exception:  # noqa: BLE001 - one failed round must not end the watch
            _log.exception("revocations.round_failed")
        number += 1
        # Processes that started together do not ask together for ever.
        await asyncio.sleep(random.uniform(SOONEST_SECONDS, LATEST_SECONDS))  # noqa: S311
