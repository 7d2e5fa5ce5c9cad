"""The API's document at `/openapi.json`, and a page that people can read at `/docs`."""

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, Final

from aiohttp import web

from shared.http.docs_page import render_page

STATIC: Final = Path(__file__).parent / "static"
PAGE_POLICY: Final = (
    "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)


def add_docs(app: web.Application, make_document: Callable[[], dict[str, Any]]) -> None:
    """Serve the document and its page; each is made when it is first asked for, and kept."""
    document = cache(make_document)
    text = cache(lambda: json.dumps(document(), ensure_ascii=False, indent=2).encode())
    page = cache(lambda: render_page(document()).encode())
    style = (STATIC / "docs.css").read_bytes()
    cached = {"Cache-Control": "public, max-age=300"}

    async def show_document(_request: web.Request) -> web.Response:
        return web.Response(body=text(), content_type="application/json", headers=cached)

    async def show_page(_request: web.Request) -> web.Response:
        return web.Response(
            body=page(),
            content_type="text/html",
            charset="utf-8",
            headers={**cached, "Content-Security-Policy": PAGE_POLICY},
        )

    async def show_style(_request: web.Request) -> web.Response:
        return web.Response(body=style, content_type="text/css", charset="utf-8", headers=cached)

    app.router.add_get("/openapi.json", show_document)
    app.router.add_get("/docs", show_page)
    app.router.add_get("/docs/docs.css", show_style)
