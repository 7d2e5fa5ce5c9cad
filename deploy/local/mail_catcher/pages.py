"""The HTTP side: a page to read the messages, and the same as JSON for tests and scripts."""

from collections.abc import Awaitable, Callable
from itertools import islice
from pathlib import Path
from typing import Final
from urllib.parse import quote

import jinja2
from aiohttp import web

from deploy.local.mail_catcher.authenticator_codes import codes_of
from deploy.local.mail_catcher.letter import Letter
from deploy.local.mail_catcher.store import Inbox

INBOX: Final = web.AppKey("inbox", Inbox)
AUTHENTICATORS: Final = web.AppKey[Path | None]("authenticators")
PAGES: Final = web.AppKey("pages", jinja2.Environment)
HERE: Final = Path(__file__).parent
ON_A_PAGE: Final = 40
IN_AN_ANSWER: Final = 500
# A caught mail is somebody else's HTML: it may carry its styles and pictures, but no program.
POLICY: Final = (
    "default-src 'none'; style-src 'self' 'unsafe-inline'; img-src data:; "
    "form-action 'self'; base-uri 'none'"
)


def create_app(inbox: Inbox, authenticators: Path | None = None) -> web.Application:
    """Build the application of the reading side; with a file of secrets it shows their codes."""
    app = web.Application(middlewares=[_safe_headers])
    app[INBOX] = inbox
    app[AUTHENTICATORS] = authenticators
    app[PAGES] = jinja2.Environment(
        loader=jinja2.FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    app.router.add_get("/healthz", health)
    app.router.add_get("/dev/inbox", show_list)
    app.router.add_get("/dev/inbox.json", list_as_json)
    app.router.add_get("/dev/inbox/style.css", style)
    app.router.add_get(r"/dev/inbox/{id:\d{1,9}}", show_letter)
    app.router.add_get(r"/dev/inbox/{id:\d{1,9}}/attachments/{ordinal:\d{1,3}}", download)
    return app


async def health(request: web.Request) -> web.Response:
    """Say that the catcher runs, and how many messages it holds."""
    return web.json_response({"status": "ok", "messages": len(request.app[INBOX])})


async def show_list(request: web.Request) -> web.Response:
    """Show the messages, newest first; `?to=` shows those to one address or phone number."""
    to, before = request.query.get("to", "").strip(), _number(request, "before", 10**9)
    found = request.app[INBOX].newest_first(to)
    shown = list(islice((item for item in found if item.id < before), ON_A_PAGE + 1))
    letters = [request.app[INBOX].letter(item.id) for item in shown[:ON_A_PAGE]]
    more = shown[ON_A_PAGE - 1].id if len(shown) > ON_A_PAGE else None
    codes = codes_of(request.app[AUTHENTICATORS], to)
    return _page(request, "list.html", letters=letters, to=to, more=more, codes=codes)


async def list_as_json(request: web.Request) -> web.Response:
    """Answer the newest messages with their texts, at most `?limit=` (500) of them."""
    limit = _number(request, "limit", IN_AN_ANSWER)
    found = islice(request.app[INBOX].newest_first(request.query.get("to", "")), limit)
    return web.json_response(
        {"items": [_as_json(request.app[INBOX].letter(item.id)) for item in found]}
    )


async def show_letter(request: web.Request) -> web.Response:
    """Show one message."""
    return _page(request, "letter.html", letter=_letter(request))


async def download(request: web.Request) -> web.Response:
    """Hand out one file of a message."""
    letter, ordinal = _letter(request), int(request.match_info["ordinal"])
    if ordinal >= len(letter.attachments):
        raise web.HTTPNotFound
    part = letter.attachments[ordinal]
    disposition = f"attachment; filename*=UTF-8''{quote(part.filename, safe='')}"
    return web.Response(
        body=part.content,
        content_type=part.served_type,
        headers={"Content-Disposition": disposition},
    )


async def style(request: web.Request) -> web.FileResponse:
    """Serve the style sheet."""
    del request
    return web.FileResponse(HERE / "static" / "style.css")


@web.middleware
async def _safe_headers(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    response = await handler(request)
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Cache-Control"] = "no-store"
    return response


def _page(request: web.Request, template: str, **values: object) -> web.Response:
    text = request.app[PAGES].get_template(template).render(**values)
    return web.Response(text=text, content_type="text/html")


def _letter(request: web.Request) -> Letter:
    try:
        return request.app[INBOX].letter(int(request.match_info["id"]))
    except KeyError as error:
        raise web.HTTPNotFound from error


def _number(request: web.Request, name: str, default: int) -> int:
    given = request.query.get(name, "")
    return int(given) if given.isascii() and given.isdigit() else default


def _as_json(letter: Letter) -> dict[str, object]:
    summary = letter.summary
    return {
        "id": summary.id,
        "to": list(summary.to),
        "from": summary.sender,
        "subject": summary.subject,
        "received_at": summary.received_at.isoformat(),
        "text": letter.text,
        "html": letter.html,
        "attachments": [
            {"filename": part.filename, "content_type": part.content_type, "size": part.size}
            for part in letter.attachments
        ],
    }
