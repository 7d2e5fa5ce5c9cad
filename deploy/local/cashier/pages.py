"""The cashier's pages: where a visitor pays, and where a tester makes it go wrong."""

import asyncio
import time
from collections.abc import AsyncIterator
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Final

import jinja2
from aiohttp import web
from yarl import URL

from deploy.local.cashier.api import BASE_URL, COURIER, KEY, STORE, add_api, only_signed
from deploy.local.cashier.charges import Charge, wrong_parts
from deploy.local.cashier.courier import Courier
from deploy.local.cashier.store import Store
from shared.core.clock import SHANGHAI
from shared.core.localized import Language
from shared.core.texts import Catalogue

PAGES: Final = web.AppKey("pages", jinja2.Environment)
TEXTS: Final = web.AppKey("texts", Catalogue)
HERE: Final = Path(__file__).parent
ON_A_PAGE: Final = 40
# A visitor who comes back finds the order paid, if the platform is quick.
PATIENCE_SECONDS: Final = 2.0
POLICY: Final = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src data:; base-uri 'none'; "
    "form-action 'self'"
)


def create_app(store: Store, key: bytes, base_url: str) -> web.Application:
    """Build the cashier; `base_url` is where visitors find it."""
    app = web.Application(middlewares=[only_signed])
    app[STORE] = store
    app[KEY] = key
    app[BASE_URL] = base_url
    app[COURIER] = Courier(store, key)
    app[TEXTS] = Catalogue.load("deploy.local.cashier")
    app[PAGES] = jinja2.Environment(
        loader=jinja2.FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    add_api(app)
    app.router.add_get("/", show_list)
    app.router.add_get("/healthz", health)
    app.router.add_get("/pay/{number}", show_charge)
    app.router.add_post("/pay/{number}", act)
    app.router.add_static("/static", HERE / "static")
    app.cleanup_ctx.append(_courier)
    app.on_response_prepare.append(_safe_headers)
    return app


async def _courier(app: web.Application) -> AsyncIterator[None]:
    async with app[COURIER].running():
        yield


async def health(request: web.Request) -> web.Response:
    """Say that the cashier runs."""
    del request
    return web.json_response({"status": "ok"})


async def show_list(request: web.Request) -> web.Response:
    """Show the payments that were opened last."""
    charges = await asyncio.to_thread(request.app[STORE].latest, ON_A_PAGE)
    return _page(request, "list.html", charges=charges, path="/")


async def show_charge(request: web.Request) -> web.Response:
    """Show one payment: to be made, or how it ended."""
    charge = await _charge(request)
    page = _page(
        request,
        "charge.html",
        charge=charge,
        is_over=time.time() >= charge.asked.expires_at.timestamp(),
        path=request.path,
    )
    # The form sends its visitor back to where they came from, and nowhere else.
    origin = URL(charge.asked.return_url).origin()
    page.headers["Content-Security-Policy"] = f"{POLICY} {origin}"
    return page


async def act(request: web.Request) -> web.Response:
    """Do what the visitor, or the tester, has pressed."""
    charge = await _charge(request)
    number, store = charge.asked.number, request.app[STORE]
    action = (await request.post()).get("action")
    in_time = time.time() < charge.asked.expires_at.timestamp()
    match action:
        case "pay" if in_time:
            await asyncio.to_thread(store.pay, number)
        case "twice" if in_time:
            await asyncio.to_thread(store.pay, number, None, 2)
        case "wrong" if in_time:
            await asyncio.to_thread(store.pay, number, wrong_parts(charge.asked.parts))
        case "decline":
            await asyncio.to_thread(store.decline, number)
        case "late":
            await asyncio.to_thread(store.pay_late, number)
    await request.app[COURIER].told(number, PATIENCE_SECONDS)
    now = await _charge(request)
    if now.state == "paid" and charge.state == "open":
        raise web.HTTPSeeOther(now.asked.return_url)
    raise web.HTTPSeeOther(str(URL(request.path).with_query(_language_query(request))))


async def _charge(request: web.Request) -> Charge:
    number = request.match_info["number"]
    charge = await asyncio.to_thread(request.app[STORE].charge, number)
    if charge is None:
        raise web.HTTPNotFound
    return charge


def _page(request: web.Request, template: str, **values: object) -> web.Response:
    language = _language(request)
    text = (
        request.app[PAGES]
        .get_template(template)
        .render(
            t=partial(_text, request.app[TEXTS], language),
            language=language,
            query=_language_query(request),
            money=_money,
            moment=_moment,
            **values,
        )
    )
    return web.Response(text=text, content_type="text/html")


def _text(texts: Catalogue, language: Language, key: str, **params: object) -> str:
    return texts.text(key, language, **params)


def _language(request: web.Request) -> Language:
    """Return the language that was chosen on the page, or the browser's."""
    wanted = request.query.get("lang", request.headers.get("Accept-Language", ""))
    return "en" if wanted.lower().startswith("en") else "zh"


def _language_query(request: web.Request) -> dict[str, str]:
    return {"lang": request.query["lang"]} if "lang" in request.query else {}


def _money(fen: int) -> str:
    return f"¥{fen // 100:,}.{fen % 100:02d}"


def _moment(instant: datetime | float) -> str:
    if isinstance(instant, float):
        instant = datetime.fromtimestamp(instant, SHANGHAI)
    return f"{instant.astimezone(SHANGHAI):%H:%M:%S}"


async def _safe_headers(request: web.Request, response: web.StreamResponse) -> None:
    del request
    response.headers.setdefault("Content-Security-Policy", POLICY)
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Cache-Control"] = "no-store"
