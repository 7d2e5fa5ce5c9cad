"""`/language?to=en&next=/…`: the pages in the other language, and back to where one was."""

from aiohttp import web

from services.web.browser.language import read_language, write_language
from services.web.domain.local_path import local_path
from services.web.rendering.answers import go_to


async def choose(request: web.Request) -> web.Response:
    """Remember the language and go back."""
    language = read_language(request.query.get("to"))
    if language is not None:
        write_language(request, language)
    return go_to(local_path(request.query.get("next")))
