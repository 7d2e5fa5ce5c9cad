"""Public answers that are kept as bytes for a moment, so that a rush asks the database once.

Only what everybody may read is kept: a request with a token goes past. An answer is known by what
was asked after it was checked, so that two spellings of one question are one. Of many that ask for
what is not kept, one asks the database and all get its bytes; an answer that ends soon is made anew
while it is still given, so that a rush does not wait each second. What is kept is never older than
`KEPT_SECONDS` when somebody asks, counted from before the database was asked; and nothing at all is
kept of before this process's own last change (`forget_kept_answers`). Readers may keep the bytes
and have to ask each time whether they are still good: their second would be added to ours.
"""

import asyncio
import hashlib
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final
from weakref import WeakSet

from aiohttp import hdrs, web
from multidict import CIMultiDict

from shared.http.etags import is_known
from shared.http.middleware import SECURITY_HEADERS, SERVER
from shared.http.written_answers import WrittenAnswer

KEPT_SECONDS: Final = 1.0
# Whoever asks this long before the end has the answer made anew, while it is still given.
AHEAD_SECONDS: Final = 0.25
MOST_BYTES: Final = 32 * 2**20
# Spellings of questions that are recognised without reading them again.
MOST_SPELLINGS: Final = 4096
LONGEST_SPELLING: Final = 1024

_KEEPERS: "Final[WeakSet[KeptAnswers]]" = WeakSet()


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """One answer: its bytes, its headers, and until when it may be given (monotonic seconds)."""

    body: bytes
    tag: str
    headers: "CIMultiDict[str]"
    good_until: float
    written: WrittenAnswer

    @property
    def ends_soon(self) -> bool:
        """Whether it is time to make it anew."""
        return self.good_until - time.monotonic() <= AHEAD_SECONDS

    def response(self, request: web.Request) -> web.StreamResponse:
        """Return the answer to a request: 200, or 304 where the reader has the same already."""
        known = request.headers.get(hdrs.IF_NONE_MATCH)
        if known is not None and is_known(known, self.tag):
            headers = self.headers.copy()
            del headers[hdrs.CONTENT_TYPE]
            return web.Response(status=304, headers=headers)
        if self.written.fits(request):
            return self.written.response()
        return web.Response(body=self.body, headers=self.headers)


@dataclass(frozen=True, slots=True)
class _Asked:
    """A question that the database is being asked, and until when its answer may be given."""

    task: "asyncio.Task[KeptAnswer]"
    good_until: float


class KeptAnswers:
    """The kept answers of one route."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most_bytes = most_bytes
        self._bytes = 0
        self._answers: OrderedDict[str, KeptAnswer] = OrderedDict()
        self._spellings: OrderedDict[str, str] = OrderedDict()
        self._in_flight: dict[str, _Asked] = {}
        _KEEPERS.add(self)

    def recognised(self, spelling: str) -> KeptAnswer | None:
        """Return the answer to a question that was spelt just so before, if it is still good.

        None is returned too where it ends soon and is not being made anew.
        """
        question = self._spellings.get(spelling)
        if question is None:
            return None
        kept = self._good(question)
        if kept is not None and kept.ends_soon and question not in self._in_flight:
            return None
        return kept

    async def answer(
        self, spelling: str, question: str, make: Callable[[], Awaitable[bytes]]
    ) -> KeptAnswer:
        """Return the answer to a question, made by whoever asks first. Raises what `make` raises.

        Whoever asked goes on alone: an answer is made for all, even if the first one left. What has
        been asked for too long already is asked for anew.
        """
        if len(spelling) <= LONGEST_SPELLING:
            self._spellings[spelling] = question
            if len(self._spellings) > MOST_SPELLINGS:
                self._spellings.popitem(last=False)
        kept = self._good(question)
        if kept is not None and not kept.ends_soon:
            return kept
        asked = self._in_flight.get(question)
        if asked is None or asked.good_until <= time.monotonic():
            good_until = time.monotonic() + KEPT_SECONDS
            task = asyncio.create_task(self._make(question, make, good_until))
            asked = self._in_flight[question] = _Asked(task, good_until)
            task.add_done_callback(lambda done: self._landed(question, done))
        return await asyncio.shield(asked.task) if kept is None else kept

    def forget(self) -> None:
        """Keep nothing of what is known so far, nor of what is being asked for now."""
        self._answers.clear()
        self._bytes = 0
        self._in_flight.clear()

    def _good(self, question: str) -> KeptAnswer | None:
        kept = self._answers.get(question)
        return kept if kept is not None and kept.good_until > time.monotonic() else None

    async def _make(
        self, question: str, make: Callable[[], Awaitable[bytes]], good_until: float
    ) -> KeptAnswer:
        body = await make()
        headers = _headers(tag := _digest(body))
        made = KeptAnswer(body, tag, headers, good_until, WrittenAnswer(headers, body))
        if self._is_latest(question, asyncio.current_task()):
            self._keep(question, made)
        return made

    def _keep(self, question: str, made: KeptAnswer) -> None:
        """Keep an answer; those that were made longest ago give way."""
        earlier = self._answers.pop(question, None)
        self._bytes += len(made.body) - (0 if earlier is None else len(earlier.body))
        self._answers[question] = made
        while self._bytes > self._most_bytes:
            _question, oldest = self._answers.popitem(last=False)
            self._bytes -= len(oldest.body)

    def _is_latest(self, question: str, task: "asyncio.Task[KeptAnswer] | None") -> bool:
        asked = self._in_flight.get(question)
        return asked is not None and asked.task is task

    def _landed(self, question: str, task: "asyncio.Task[KeptAnswer]") -> None:
        if self._is_latest(question, task):
            del self._in_flight[question]
        if not task.cancelled():
            # Whoever waited has heard of it; nobody may have.
            task.exception()


def forget_kept_answers() -> None:
    """Forget what this process keeps, because it changed something. Called after a commit."""
    for keeper in tuple(_KEEPERS):
        keeper.forget()


def _digest(body: bytes) -> str:
    return f'"{hashlib.sha256(body).hexdigest()[:32]}"'


def _headers(tag: str) -> "CIMultiDict[str]":
    return CIMultiDict(
        {
            **SECURITY_HEADERS,
            hdrs.SERVER: SERVER,
            hdrs.ETAG: tag,
            hdrs.VARY: "Authorization",
            hdrs.CACHE_CONTROL: "public, max-age=0, must-revalidate",
            hdrs.CONTENT_TYPE: "application/json",
        }
    )
