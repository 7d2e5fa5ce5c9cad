"""The example as a process, with a slow page and a resource that says when it is closed."""

import asyncio
import os
from collections.abc import AsyncIterator

import structlog
from aiohttp import web
from pydantic_settings import SettingsConfigDict

from shared.core.errors import Unavailable
from shared.core.settings import ServiceSettings
from shared.http.keys import SETTINGS, Role
from shared.http.server import run_service
from shared.http.tasks import track
from tests.http.example.app import example_app

log = structlog.get_logger()


class ExampleSettings(ServiceSettings):
    model_config = SettingsConfigDict(env_prefix="EXAMPLE_")

    kettles_away: bool = False


async def afterthought() -> None:
    await asyncio.sleep(0.5)
    log.info("example.afterthought")


async def slow(request: web.Request) -> web.Response:
    track(request.app, afterthought())
    log.info("example.slow_began")
    await asyncio.sleep(float(request.query.get("seconds", "0.3")))
    return web.Response(text="done")


async def show_process(_request: web.Request) -> web.Response:
    return web.Response(text=str(os.getpid()))


async def resource(app: web.Application) -> AsyncIterator[None]:
    settings = app[SETTINGS]
    if isinstance(settings, ExampleSettings) and settings.kettles_away:
        raise Unavailable
    yield
    log.info("example.closed")


def build_app(settings: ExampleSettings, role: Role) -> web.Application:
    app = example_app(role=role, settings=settings)
    app.router.add_get("/slow", slow)
    app.router.add_get("/process", show_process)
    app.cleanup_ctx.append(resource)
    return app


if __name__ == "__main__":
    run_service(build_app, ExampleSettings, "An example that lends kettles.")
