"""`/dev/inbox…`: the mail catcher of the development stack, under the address of the pages."""

from typing import Final

from aiohttp import hdrs, web

from services.web.keys import INBOX
from shared.core.errors import NotFound
from shared.http.client import ProblemAnswer

# The catcher says by itself what its pages may do.
PASSED_ON: Final = (
    hdrs.CONTENT_TYPE,
    hdrs.CONTENT_DISPOSITION,
    "Content-Security-Policy",
    hdrs.CACHE_CONTROL,
)


async def show(request: web.Request) -> web.Response:
    """Pass a reading request on."""
    try:
        answer = await request.app[INBOX].exchange(
            "GET", request.path, params=dict(request.query), headers={"Accept": "*/*"}
        )
    except ProblemAnswer:
        raise NotFound from None
    headers = {name: answer.headers[name] for name in PASSED_ON if name in answer.headers}
    return web.Response(status=answer.status, body=answer.body, headers=headers)
