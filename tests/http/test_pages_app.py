"""An application of pages: own handlers, own middlewares, own error pages, no API document."""

from aiohttp import web
from aiohttp.typedefs import Handler

from shared.core.errors import ApiError, NotAllowed
from shared.core.settings import ServiceSettings
from shared.http.app import create_app
from shared.http.middleware import route_of
from shared.http.problems import language_of
from tests.http.conftest import Client, Serve
from tests.http.example.app import CATALOGUE


async def show_error(request: web.Request, error: ApiError) -> web.StreamResponse:
    if error.status == 403:
        raise RuntimeError("the error page is broken")
    text = CATALOGUE.text(f"error.{error.code}.title", language_of(request))
    page = f"<h1>{text}</h1>"
    return web.Response(status=error.status, text=page, content_type="text/html")


@web.middleware
async def add_cookie(request: web.Request, handler: Handler) -> web.StreamResponse:
    response = await handler(request)
    response.set_cookie("seen", route_of(request))
    return response


async def home(_request: web.Request) -> web.Response:
    policy = {"Content-Security-Policy": "default-src 'self'"}
    return web.Response(text="<h1>Home</h1>", content_type="text/html", headers=policy)


async def leave(_request: web.Request) -> web.Response:
    raise web.HTTPSeeOther("/")


async def forbid(_request: web.Request) -> web.Response:
    raise NotAllowed


async def start(serve: Serve) -> Client:
    app = create_app(
        "pages",
        ServiceSettings(),
        catalogue=CATALOGUE,
        middlewares=[add_cookie],
        render_error=show_error,
    )
    app.router.add_get("/", home)
    app.router.add_get("/leave", leave)
    app.router.add_get("/forbidden", forbid)
    return await serve(app)


async def test_a_page_keeps_its_own_policy_and_passes_its_own_middlewares(serve: Serve) -> None:
    client = await start(serve)
    async with client.get("/") as answer:
        assert answer.headers["Content-Security-Policy"] == "default-src 'self'"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.cookies["seen"].value == "/"


async def test_a_redirect_is_no_error(serve: Serve) -> None:
    client = await start(serve)
    async with client.get("/leave", allow_redirects=False) as answer:
        assert (answer.status, answer.headers["Location"]) == (303, "/")


async def test_an_error_is_a_page(serve: Serve) -> None:
    client = await start(serve)
    async with client.get("/nowhere", headers={"Accept-Language": "en"}) as answer:
        assert (answer.status, await answer.text()) == (404, "<h1>Not found</h1>")


async def test_an_error_page_that_fails_is_a_plain_problem(serve: Serve) -> None:
    client = await start(serve)
    async with client.get("/forbidden") as answer:
        assert answer.status == 500
        assert (await answer.json())["code"] == "internal_error"


async def test_there_is_no_document_without_routes(serve: Serve) -> None:
    client = await start(serve)
    assert (await client.get("/openapi.json")).status == 404
