"""Errors as pages, in the look of all others."""

from typing import Final
from urllib.parse import urlencode

from aiohttp import hdrs, web

from services.web.browser.jar import JAR
from services.web.domain.landing import landing
from services.web.domain.local_path import local_path
from services.web.keys import LANGUAGE, VIEWER
from services.web.rendering.answers import go_to, page
from shared.core.errors import ApiError, NotAllowed, NotSignedIn
from shared.http.keys import CATALOGUE
from shared.http.problems import render_problem

# What people meet has a picture and words of its own; the rest is told by its error's sentence.
_PICTURES: Final = {404: "village-jiaxi", 403: "village-yanhe", 503: "cafe"}


async def render_error_page(request: web.Request, error: ApiError) -> web.StreamResponse:
    """Answer an error with a page, or with the sign-in page where that is what is missing."""
    if JAR not in request or VIEWER not in request:
        # It went wrong before we knew who and in which language.
        return await render_problem(request, error)
    if isinstance(error, NotSignedIn):
        back = local_path(request.raw_path) if request.method == hdrs.METH_GET else "/"
        return go_to(f"/login?{urlencode({'next': back})}")
    viewer = request[VIEWER]
    if isinstance(error, NotAllowed) and viewer is not None and viewer.lacks_second_factor:
        back = local_path(request.raw_path) if request.method == hdrs.METH_GET else "/"
        return go_to(landing(viewer, back))
    catalogue, language = request.app[CATALOGUE], request[LANGUAGE]
    response = page(
        request,
        "error.html",
        {
            "status": error.status,
            "title": catalogue.text(f"error.{error.code}.title", language, **error.params),
            "detail": catalogue.text(f"error.{error.code}.detail", language, **error.params),
            "scene": _PICTURES.get(error.status, "village-xinlu"),
        },
        status=error.status,
    )
    response.headers.update(error.headers)
    return response
