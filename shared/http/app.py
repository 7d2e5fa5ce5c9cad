"""An application with everything that all of our services have in common."""

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

from aiohttp import hdrs, web
from aiohttp.typedefs import Middleware

from shared.core.clock import Clock, SystemClock
from shared.core.errors import Unavailable
from shared.core.ids import IdSource, SystemIds
from shared.core.settings import ServiceSettings
from shared.core.texts import Catalogue
from shared.http import keys
from shared.http.binding import bind
from shared.http.client import ProblemAnswer, ServiceClient
from shared.http.connections import HttpConnections
from shared.http.docs import add_docs
from shared.http.health import add_health
from shared.http.json_body import BODY_LIMIT
from shared.http.metrics import add_metrics
from shared.http.middleware import add_headers, edge
from shared.http.openapi import openapi_document
from shared.http.problems import RENDER_ERROR, RenderError, render_problem
from shared.http.published_revocations import PublishedRevocations
from shared.http.rate_limits import RATE_LIMITS, RateLimits
from shared.http.revocations import ROUNDS_PER_KEYS, Revocations, watch
from shared.http.route import Route
from shared.http.service_tokens import ServiceTokens
from shared.http.tasks import add_tasks
from shared.http.tokens import FetchKeys, TokenVerifier

KEYS_PATH = "/.well-known/jwks.json"


def create_app(
    service: str,
    settings: ServiceSettings,
    routes: Sequence[Route] = (),
    *,
    role: keys.Role = "all",
    catalogue: Catalogue | None = None,
    clock: Clock | None = None,
    ids: IdSource | None = None,
    verifier: TokenVerifier | None = None,
    middlewares: Sequence[Middleware] = (),
    render_error: RenderError = render_problem,
) -> web.Application:
    """Return an application with health, metrics, error handling and the given typed routes.

    `catalogue` defaults to the texts of `services.<service>`. Without routes there is no API
    document: an application of pages adds its own handlers, middlewares (inside ours) and
    `render_error`. The role `worker` serves health and metrics only. Further resources are
    added as cleanup contexts.
    """
    app = web.Application(middlewares=[edge, *middlewares], client_max_size=BODY_LIMIT)
    app[keys.SERVICE] = service
    app[keys.ROLE] = role
    app[keys.SETTINGS] = settings
    app[keys.CLOCK] = clock or SystemClock()
    app[keys.IDS] = ids or SystemIds()
    app[keys.CATALOGUE] = catalogue or Catalogue.load("shared.http", f"services.{service}")
    app[RENDER_ERROR] = render_error
    app[RATE_LIMITS] = RateLimits(settings)
    _add_clients(app, settings, verifier)
    add_health(app)
    add_metrics(app)
    add_tasks(app)
    app.on_response_prepare.append(add_headers)
    if routes and role != "worker":
        _watch_revocations(app)
        add_routes(app, routes)
    return app


def add_routes(app: web.Application, routes: Sequence[Route]) -> None:
    """Bind typed routes, and serve their document at `/openapi.json` and `/docs`."""
    for route in routes:
        handler = bind(route)
        app.router.add_route(route.method, route.path, handler, name=route.name)
        if route.method == hdrs.METH_GET:
            app.router.add_route(hdrs.METH_HEAD, route.path, handler)
    add_docs(app, lambda: openapi_document(app[keys.SERVICE], routes, app[keys.CATALOGUE]))


def _add_clients(
    app: web.Application, settings: ServiceSettings, verifier: TokenVerifier | None
) -> None:
    http = app[keys.HTTP] = HttpConnections()
    clock = app[keys.CLOCK]
    app[keys.SERVICE_TOKENS] = ServiceTokens(
        settings.accounts_url, app[keys.SERVICE], settings.service_secret, http, clock
    )
    accounts = ServiceClient(settings.accounts_url, http, app[keys.SERVICE_TOKENS])
    app[keys.VERIFIER] = verifier or TokenVerifier(
        published_keys(settings.accounts_url, http),
        clock,
        Revocations(PublishedRevocations(accounts)),
    )

    async def connections(_app: web.Application) -> AsyncIterator[None]:
        yield
        await http.close()

    app.cleanup_ctx.append(connections)


def _watch_revocations(app: web.Application) -> None:
    """Have the list of what was revoked fetched, and now and then the keys."""
    verifier = app[keys.VERIFIER]

    async def refresh(number: int) -> None:
        await verifier.revocations.refresh()
        if number % ROUNDS_PER_KEYS == ROUNDS_PER_KEYS - 1:
            await verifier.forget_dropped_keys()

    watch(app, refresh)


def published_keys(accounts_url: str, http: HttpConnections) -> FetchKeys:
    """Return what fetches the keys that accounts publishes; it raises Unavailable."""
    accounts = ServiceClient(accounts_url, http)

    async def fetch() -> Mapping[str, Any]:
        try:
            answer = await accounts.exchange("GET", KEYS_PATH, seconds=2.0)
        except ProblemAnswer as problem:
            raise Unavailable from problem
        published: Mapping[str, Any] = answer.json()
        return published

    return fetch
