"""The example as a process, with a slow page and a resource that says when it is closed."""

import asyncio
from collections.abc import AsyncIterator

import structlog
from aiohttp import web
from pydantic_settings import SettingsConfigDict

from shared.core.settings import ServiceSettings
from shared.http.keys import Role
from shared.http.server import run_service
from shared.http.tasks import track
from tests.http.example.app import example_app

log = structlog.get_logger()


class ExampleSettings(ServiceSettings):
    model_config = SettingsConfigDict(env_prefix="EXAMPLE_")


async def afterthought() -> None:
    await asyncio.sleep(0.5)
    log.info("example.afterthought")


async def slow(request: web.Request) -> web.Response:
    track(request.app, afterthought())
    log.info("example.slow_began")
    await asyncio.sleep(0.3)
    return web.Response(text="done")


async def resource(_app: web.Application) -> AsyncIterator[None]:
    yield
    log.info("example.closed")


def build_app(settings: ExampleSettings, role: Role) -> web.Application:
    app = example_app(role=role, settings=settings)
    app.router.add_get("/slow", slow)
    app.cleanup_ctx.append(resource)
    return app


if __name__ == "__main__":
    run_service(build_app, ExampleSettings, "An example that lends kettles.")
