"""Whether the process is alive (`/healthz`), and whether it can do its work (`/readyz`)."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

import structlog
from aiohttp import web

from shared.http.keys import SERVICE, STOPPING

PING_SECONDS: Final = 1.0

Ping = Callable[[], Awaitable[object]]

PINGS: Final[web.AppKey[dict[str, Ping]]] = web.AppKey("pings", dict)

_log = structlog.get_logger()


def add_health(app: web.Application) -> None:
    """Serve `/healthz` and `/readyz`."""
    app[PINGS] = {}
    app[STOPPING] = []
    app.router.add_get("/healthz", _alive)
    app.router.add_get("/readyz", _ready)


def register_ping(app: web.Application, name: str, ping: Ping) -> None:
    """Make readiness depend on a resource: `ping` raises, or takes over a second, when it is away.

    Call it where the resource is opened, in a cleanup context.
    """
    app[PINGS][name] = ping


async def _alive(request: web.Request) -> web.Response:
    return web.json_response({"service": request.app[SERVICE], "alive": True})


async def _ready(request: web.Request) -> web.Response:
    pings = request.app[PINGS]
    answers = await asyncio.gather(*(_answers(name, ping) for name, ping in pings.items()))
    checks = dict(zip(pings, answers, strict=True))
    stopping = bool(request.app[STOPPING])
    ready = not stopping and all(checks.values())
    return web.json_response(
        {"service": request.app[SERVICE], "ready": ready, "stopping": stopping, "checks": checks},
        status=200 if ready else 503,
    )


async def _answers(name: str, ping: Ping) -> bool:
    try:
        async with asyncio.timeout(PING_SECONDS):
            await ping()
    except Exception as error:  # noqa: BLE001 - whatever is wrong with it, it is not ready
        _log.warning("health.ping_failed", name=name, reason=type(error).__name__)
        return False
    return True
