"""Running a service as a process: its command line, its socket, its orderly end."""

import argparse
import asyncio
import errno
import gc
import signal
import socket
import sys
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple, TypeVar, cast, get_args

import structlog
import uvloop
from aiohttp import web
from pydantic import ValidationError

from shared.core.errors import ApiError
from shared.core.logging import configure_logging
from shared.core.settings import ServiceSettings
from shared.http.keys import STOPPING, Role
from shared.http.metrics import WORKER
from shared.http.workers import Worker, fork_workers

BACKLOG: Final = 1024
KEEPALIVE_SECONDS: Final = 75.0
# How long the rest of a refused body is drained, so that its sender sees the refusal.
LINGERING_SECONDS: Final = 2.0
# Request lines and headers are held in memory before anybody is known to be allowed anything.
LONGEST_LINE: Final = 8190

Settings = TypeVar("Settings", bound=ServiceSettings)
BuildApp = Callable[[Settings, Role], web.Application]

MOST_WORKERS: Final = 64

_log = structlog.get_logger()


def run_service(
    build_app: BuildApp[Settings],
    load_settings: Callable[[], Settings],
    description: str,
    arguments: Sequence[str] | None = None,
) -> None:
    """Run a service until SIGTERM or Ctrl-C; what `python -m services.<name>` calls.

    `load_settings` is the settings class. Exits with 1 and one clear sentence where a setting is
    wrong, the port is taken, or a resource is away.
    """
    options = _read_options(description, arguments)
    try:
        settings = load_settings()
    except ValidationError as error:
        raise SystemExit(_settings_sentence(error)) from None
    # Settings carry their service's name as prefix; logs begin before there is an application.
    service = settings.model_config.get("env_prefix", "").rstrip("_").lower()
    configure_logging(service, settings)
    if known := settings.development_secrets():
        _log.warning("settings.development_secrets", settings=known, hint="fit for trying only")
    worker = None
    if (count := options.workers or settings.workers) > 1:
        settings, worker = _fork(service, settings, count)
    _run(service, build_app(settings, options.role), settings, worker)


def _fork(service: str, settings: Settings, count: int) -> tuple[Settings, Worker]:
    """Return, in each of `count` workers, the settings by which they share a port.

    The parent keeps the port for them all the while, without listening on it.
    """
    if settings.port and not settings.reuse_port:
        # Others that share their port would let us join in unnoticed.
        _bind(service, settings).close()
    settings = settings.model_copy(update={"reuse_port": True})
    with _bind(service, settings) as kept:
        port = kept.getsockname()[1]
        worker = fork_workers(count)
    return settings.model_copy(update={"port": port}), worker


def _run(
    service: str, app: web.Application, settings: ServiceSettings, worker: Worker | None
) -> None:
    if worker is not None:
        app[WORKER] = worker.number
    listening = _bind(service, settings)
    try:
        uvloop.run(serve(app, settings, listening, started=worker and worker.started))
    except ApiError as error:
        raise SystemExit(
            f"{service} can't start: something that it needs is away ({error.code})."
        ) from None
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        raise SystemExit(_taken(service, settings)) from None


async def serve(
    app: web.Application,
    settings: ServiceSettings,
    listening: socket.socket,
    *,
    started: Callable[[], object] | None = None,
) -> None:
    """Serve on a bound socket until SIGTERM or SIGINT, then end in order.

    `started` is called as soon as requests are taken. At the end readiness first turns to 503 and
    nothing new is accepted; requests in flight get `settings.shutdown_timeout` seconds; tracked
    tasks are finished; resources are closed in the reverse order of their opening.
    """
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, told.set)
    runner = web.AppRunner(
        app,
        access_log=None,
        shutdown_timeout=settings.shutdown_timeout,
        keepalive_timeout=KEEPALIVE_SECONDS,
        lingering_time=LINGERING_SECONDS,
        max_line_size=LONGEST_LINE,
        max_field_size=LONGEST_LINE,
    )
    try:
        await runner.setup()
        # What there is now stays: the collector's rounds, which requests wait for, leave it out.
        gc.collect()
        gc.freeze()
        await web.SockSite(runner, listening, backlog=BACKLOG).start()
        host, port = listening.getsockname()[:2]
        _log.info("service.started", host=host, port=port, **_worker(app))
        if started is not None:
            started()
        await told.wait()
        app[STOPPING].append(True)
        _log.info("service.stopping")
    finally:
        await runner.cleanup()
        listening.close()
    _log.info("service.stopped")


def _worker(app: web.Application) -> dict[str, int]:
    return {"worker": app[WORKER]} if WORKER in app else {}


class _Options(NamedTuple):
    role: Role
    workers: int | None


def _read_options(description: str, arguments: Sequence[str] | None) -> _Options:
    parser = argparse.ArgumentParser(
        prog=_program(),
        description=description,
        epilog="Settings come from the environment; .env.example lists them all.",
    )
    parser.add_argument(
        "--role",
        choices=get_args(Role),
        default="all",
        help="what this process does: answer requests (api), consume events and run jobs "
        "(worker), or both (all, the default)",
    )
    parser.add_argument(
        "--workers",
        type=_count,
        metavar="N",
        help="how many processes share the port; one for each processor core is a good number "
        "(default: the setting WORKERS)",
    )
    options = parser.parse_args(arguments)
    return _Options(cast("Role", options.role), options.workers)


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= MOST_WORKERS):
        raise argparse.ArgumentTypeError(f"must be a number from 1 to {MOST_WORKERS}")
    return int(text)


def _program() -> str:
    """Return how this program was called: `python -m services.<name>`."""
    spec = sys.modules["__main__"].__spec__
    return f"python -m {spec.parent}" if spec is not None and spec.parent else sys.argv[0]


def _settings_sentence(error: ValidationError) -> str:
    wrong = "; ".join(
        f"{'.'.join(map(str, entry['loc']))}: {entry['msg']}"
        for entry in error.errors(include_url=False, include_input=False, include_context=False)
    )
    return f"A setting is wrong: {wrong}. See .env.example."


def _bind(service: str, settings: ServiceSettings) -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if settings.reuse_port:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    try:
        listening.bind((settings.host, settings.port))
    except OSError as error:
        listening.close()
        if error.errno == errno.EADDRINUSE:
            raise SystemExit(_taken(service, settings)) from None
        raise SystemExit(
            f"{service} can't listen on {settings.host}:{settings.port}: {error.strerror}."
        ) from None
    return listening


def _taken(service: str, settings: ServiceSettings) -> str:
    return (
        f"{service} can't listen on {settings.host}:{settings.port}: another program uses the port."
    )
