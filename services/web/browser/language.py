"""The language of the pages: as chosen, else as the browser prefers, else Chinese."""

from typing import Final, cast

from aiohttp import web
from aiohttp.typedefs import Handler

from services.web.browser.jar import JAR, Jar
from services.web.keys import COOKIE_SEALER, LANGUAGE
from services.web.settings import WebSettings
from shared.core.localized import LANGUAGES, Language, preferred_language
from shared.http.keys import SETTINGS

NAME: Final = "language"


@web.middleware
async def open_jar(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Open the request's cookies and read its language; everything else builds on both."""
    settings = cast("WebSettings", request.app[SETTINGS])
    jar = Jar(request.cookies, request.app[COOKIE_SEALER], secure=settings.secure_cookies)
    request[JAR] = jar
    request[LANGUAGE] = read_language(jar.read_plain(NAME)) or preferred_language(
        request.headers.get("Accept-Language")
    )
    return await handler(request)


def read_language(typed: str | None) -> Language | None:
    """Return the language of that name, if we speak it."""
    return next((language for language in LANGUAGES if language == typed), None)


def write_language(request: web.Request, language: Language) -> None:
    """Remember the choice for a year."""
    request[JAR].write_plain(NAME, language)
    request[LANGUAGE] = language
