"""The processes in which pictures are looked at and made: few at once, each for one picture.

A pool of lasting workers would be a little faster and could not be stopped: one file that makes a
decoder run for ever, or crash, would take a worker, or the pool, with it (docs/adr/0020).
"""

import asyncio
import json
import sys
from asyncio.subprocess import DEVNULL, PIPE
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

import structlog
from aiohttp import web

from services.venues.pictures.containers import Format

ROOT: Final = Path(__file__).resolve().parents[3]
SECONDS: Final = 60.0

Refusal = Literal["unknown", "unreadable", "ambiguous", "pixels", "shape", "animated"]

_log: Final = structlog.get_logger()


class PictureRefusedError(Exception):
    """The picture is none that we take."""

    def __init__(self, reason: Refusal) -> None:
        super().__init__(reason)
        self.reason: Refusal = reason


class StudioFailedError(Exception):
    """The process ended without an answer: it crashed, or took too much time or memory."""


@dataclass(frozen=True, slots=True)
class Looked:
    """What a picture is, as it is seen."""

    format: Format
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class MadeFile:
    """One file that was made of a picture."""

    format: str
    width: int
    height: int
    content: bytes


@dataclass(frozen=True, slots=True)
class MadePicture:
    """All that was made of a picture, and the average of its colours, as `#rrggbb`."""

    colour: str
    files: tuple[MadeFile, ...]


class PicturePool:
    """Runs at most `processes` of them at the same time; others wait for their turn."""

    def __init__(self, processes: int, *, seconds: float = SECONDS) -> None:
        self._turns = asyncio.Semaphore(processes)
        self._seconds = seconds

    async def look(self, content: bytes) -> Looked:
        """Decode a picture once. Raises PictureRefusedError and StudioFailedError."""
        found, _ = await self._run("look", content)
        return Looked(found["format"], found["width"], found["height"])

    async def make(self, content: bytes) -> MadePicture:
        """Make all files of a picture. Raises PictureRefusedError and StudioFailedError."""
        found, rest = await self._run("make", content)
        files, place = [], 0
        for kind, width, height, size in found["files"]:
            files.append(MadeFile(kind, width, height, rest[place : place + size]))
            place += size
        return MadePicture(found["colour"], tuple(files))

    async def _run(self, work: str, content: bytes) -> tuple[dict[str, Any], bytes]:
        async with self._turns:
            answer = await self._answer(work, content)
        head, _, rest = answer.partition(b"\n")
        if not head:
            raise StudioFailedError
        found: dict[str, Any] = json.loads(head)
        if "refused" in found:
            raise PictureRefusedError(found["refused"])
        return found, rest

    async def _answer(self, work: str, content: bytes) -> bytes:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "services.venues.pictures.studio", work),
            stdin=PIPE,
            stdout=PIPE,
            stderr=DEVNULL,
            # None of our settings: what decodes strangers' files knows no secret.
            env={},
            cwd=ROOT,
        )
        try:
            async with asyncio.timeout(self._seconds):
                answer, _ = await process.communicate(content)
        except TimeoutError:
            _log.warning("picture.took_too_long", work=work, seconds=self._seconds)
            raise StudioFailedError from None
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        if process.returncode != 0:
            _log.warning("picture.studio_failed", work=work, code=process.returncode)
            raise StudioFailedError
        return answer


POOL: Final = web.AppKey("picture_pool", PicturePool)
