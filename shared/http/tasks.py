"""Work that outlives its request: tracked, so that a stopping process finishes it."""

import asyncio
from collections.abc import Coroutine
from typing import Any, Final, TypeVar

import structlog
from aiohttp import web

from shared.http.keys import SETTINGS

Result = TypeVar("Result")

TASKS: Final[web.AppKey[set[asyncio.Task[Any]]]] = web.AppKey("tasks")

_log = structlog.get_logger()


def add_tasks(app: web.Application) -> None:
    """Let the application track tasks, and finish them before its resources are closed."""
    app[TASKS] = set()
    # First in line: the contexts of the resources that the tasks use are closed after it.
    app.on_cleanup.insert(0, _finish)


def track(
    app: web.Application, work: Coroutine[Any, Any, Result], *, name: str | None = None
) -> asyncio.Task[Result]:
    """Start work that is finished even if its client leaves or the process is told to stop.

    A handler that must not be torn off awaits it through `asyncio.shield`. An error that nobody
    awaits is logged.
    """
    task = asyncio.create_task(work, name=name)
    app[TASKS].add(task)
    task.add_done_callback(app[TASKS].discard)
    task.add_done_callback(_report)
    return task


def _report(task: asyncio.Task[Any]) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        _log.error("task.failed", task=task.get_name(), exc_info=error)


async def _finish(app: web.Application) -> None:
    """Wait for the tasks, as long as requests in flight were given; then cancel the rest."""
    tasks = app[TASKS].copy()
    if not tasks:
        return
    _done, late = await asyncio.wait(tasks, timeout=app[SETTINGS].shutdown_timeout)
    for task in late:
        _log.warning("task.cancelled", task=task.get_name())
        task.cancel()
    await asyncio.gather(*late, return_exceptions=True)
