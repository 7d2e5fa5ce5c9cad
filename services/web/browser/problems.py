"""What another service refused and no page had an answer to, as an error of ours."""

from typing import Final

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler

from shared.core.errors import (
    ApiError,
    InternalError,
    NotAllowed,
    NotFound,
    NotSignedIn,
    PreconditionFailed,
    TooManyRequests,
)
from shared.http.client import ProblemAnswer

_BY_STATUS: Final[dict[int, type[ApiError]]] = {
    401: NotSignedIn,
    403: NotAllowed,
    404: NotFound,
    412: PreconditionFailed,
    429: TooManyRequests,
}

_log = structlog.get_logger()


@web.middleware
async def translate_problems(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn a refusal that nobody handled into the error page for it."""
    try:
        return await handler(request)
    except ProblemAnswer as problem:
        error = _BY_STATUS.get(problem.status, InternalError)
        if error is InternalError:
            _log.warning("page.unexpected_problem", status=problem.status, code=problem.code)
        raise error from problem
