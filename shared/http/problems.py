"""Errors as problem documents (RFC 9457), in the caller's language."""

from collections.abc import Awaitable, Callable
from typing import Final

from aiohttp import web
from pydantic import JsonValue
from pydantic_core import to_json

from shared.core.errors import (
    ApiError,
    BodyTooLarge,
    InternalError,
    MalformedBody,
    MethodNotAllowed,
    NotAllowed,
    NotFound,
    NotSignedIn,
    UnsupportedMediaType,
    ValidationFailed,
)
from shared.core.localized import Language, preferred_language
from shared.core.texts import Catalogue
from shared.http.keys import CATALOGUE, REQUEST_ID
from shared.http.validation import with_messages

TYPE_PREFIX: Final = "urn:xiangyou:problem:"
CONTENT_TYPE: Final = "application/problem+json"

RenderError = Callable[[web.Request, ApiError], Awaitable[web.StreamResponse]]
RENDER_ERROR: Final[web.AppKey[RenderError]] = web.AppKey("render_error")

_SERVER_ERROR: Final = 500
_UNAVAILABLE: Final = 503
_BY_STATUS: Final[dict[int, type[ApiError]]] = {
    400: MalformedBody,
    401: NotSignedIn,
    403: NotAllowed,
    405: MethodNotAllowed,
    413: BodyTooLarge,
    415: UnsupportedMediaType,
    422: ValidationFailed,
}


def language_of(request: web.BaseRequest) -> Language:
    """Return the language that the request asks to be answered in."""
    return preferred_language(request.headers.get("Accept-Language"))


def problem(error: ApiError, texts: Catalogue, language: Language) -> dict[str, JsonValue]:
    """Return the problem document of an error; its params are members beside the standard ones."""
    params = dict(error.params)
    if "errors" in params:
        params["errors"] = [*with_messages(params["errors"], texts, language)]
    return {
        **params,
        "type": TYPE_PREFIX + error.code,
        "title": texts.text(f"error.{error.code}.title", language, **error.params),
        "status": error.status,
        "detail": texts.text(f"error.{error.code}.detail", language, **error.params),
        "code": error.code,
    }


async def render_problem(request: web.Request, error: ApiError) -> web.StreamResponse:
    """Answer with the problem document of an error."""
    language = language_of(request)
    document = problem(error, request.app[CATALOGUE], language)
    document["instance"] = request.path
    document["request_id"] = request.get(REQUEST_ID)
    headers = {"Content-Language": language, "Cache-Control": "no-store", **error.headers}
    if isinstance(error, NotSignedIn):
        headers.setdefault("WWW-Authenticate", "Bearer")
    if error.status == _UNAVAILABLE:
        headers.setdefault("Retry-After", "1")
    return web.Response(
        status=error.status, body=to_json(document), content_type=CONTENT_TYPE, headers=headers
    )


def from_http_exception(error: web.HTTPException) -> ApiError:
    """Return our error for one that aiohttp raised, with the headers that matter."""
    headers = {"Allow": error.headers["Allow"]} if "Allow" in error.headers else {}
    if error.status >= _SERVER_ERROR:
        return InternalError()
    return _BY_STATUS.get(error.status, NotFound)(headers=headers)
