"""What another service refused and no page had an answer to, as an error of ours."""

from typing import Final

import structlog
from aiohttp import hdrs, web
from aiohttp.typedefs import Handler

from services.web.browser.proving import way_to_prove
from services.web.browser.session import end_session, renew_refused
from services.web.rendering.answers import go_to, here
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

UNAUTHORISED: Final = 401
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
    """Turn a refusal that nobody handled into the error page for it.

    A token that was refused before its time is renewed, and the page is asked for again; a form
    is not sent twice by us: its page says so. Who changes second factors shows one first, and who
    does what asks for a fresh sign-in signs in anew, and stays signed in until then.
    """
    try:
        return await handler(request)
    except ProblemAnswer as problem:
        if way := way_to_prove(problem, here(request)):
            return way
        if problem.status == UNAUTHORISED:
            if await renew_refused(request):
                return _again(request)
            # Even a new token is refused: whoever signs in anew is not sent round in circles.
            end_session(request)
        error = _BY_STATUS.get(problem.status, InternalError)
        if error is InternalError:
            _log.warning("page.unexpected_problem", status=problem.status, code=problem.code)
        raise error from problem


def _again(request: web.Request) -> web.Response:
    is_form = request.method not in {hdrs.METH_GET, hdrs.METH_HEAD}
    return go_to(here(request), said="try_again" if is_form else None)
