"""What surrounds every request: its id and trace, its errors, its figures and its log line."""

from time import perf_counter
from typing import Final

import structlog
from aiohttp import hdrs, web
from aiohttp.typedefs import Handler
from multidict import istr

from shared.core import log_values, tracing
from shared.core.errors import ApiError, InternalError
from shared.http.keys import REQUEST_ID
from shared.http.metrics import HTTP_METRICS
from shared.http.problems import RENDER_ERROR, from_http_exception, render_problem
from shared.http.request_ids import HEADER, begin

# Asked every few seconds by machines: of no interest in the log.
QUIET: Final = frozenset({"/healthz", "/readyz", "/metrics"})
UNMATCHED: Final = "unmatched"

_BAD_REQUEST: Final = 400
_log = structlog.get_logger()


@web.middleware
async def edge(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer every request, whatever happens, and say so once in log and figures."""
    started = perf_counter()
    # Each request is a task of its own, and has its own context variables.
    request_id = request[REQUEST_ID] = begin(request)
    log_values.begin(request_id=request_id)
    tracing.continue_from(request.headers.get("traceparent"))
    status = 499  # nobody waits for the answer any more: the client left
    try:
        response = await _answer(request, handler)
        status = response.status
    except web.HTTPException as redirect:
        status = redirect.status
        raise
    else:
        return response
    finally:
        _note(request, status, perf_counter() - started)


async def _answer(request: web.Request, handler: Handler) -> web.StreamResponse:
    error: ApiError
    try:
        return await handler(request)
    except ApiError as raised:
        error = raised
    except web.HTTPException as raised:
        if raised.status < _BAD_REQUEST:
            raise
        error = from_http_exception(raised)
    except Exception:  # noqa: BLE001 - the last resort: whatever it was, it is answered
        _log.exception("http.failed", method=request.method, route=route_of(request))
        error = InternalError()
    try:
        return await request.app[RENDER_ERROR](request, error)
    except Exception:  # noqa: BLE001 - a broken error page must not hide the error
        _log.exception("http.error_not_rendered", code=error.code)
        return await render_problem(request, InternalError())


def route_of(request: web.Request) -> str:
    """Return the pattern of the path, which holds no ids of anybody."""
    resource = request.match_info.route.resource
    return resource.canonical if resource is not None else UNMATCHED


def _note(request: web.Request, status: int, seconds: float) -> None:
    route = route_of(request)
    method = request.method if request.method in hdrs.METH_ALL else "other"
    request.app[HTTP_METRICS].observe(method, route, status, seconds)
    if route not in QUIET:
        _log.info(
            "http.request",
            method=method,
            route=route,
            status=status,
            ms=round(seconds * 1000, 1),
        )


SERVER: Final = "xiangyou"
SECURITY_HEADERS: Final = {
    hdrs.X_CONTENT_TYPE_OPTIONS: "nosniff",
    istr("Content-Security-Policy"): "default-src 'none'; frame-ancestors 'none'",
    istr("Referrer-Policy"): "no-referrer",
    istr("Cross-Origin-Resource-Policy"): "same-origin",
}


async def add_headers(request: web.Request, response: web.StreamResponse) -> None:
    """Put the request's id and the careful defaults on an answer that does not say otherwise."""
    headers = response.headers
    headers[HEADER] = request.get(REQUEST_ID, "")
    headers[hdrs.SERVER] = SERVER
    for name, value in SECURITY_HEADERS.items():
        headers.setdefault(name, value)
