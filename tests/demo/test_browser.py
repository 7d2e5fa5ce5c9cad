"""The journey's small browser, against real pages over HTTP."""

from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from deploy.local.demo.browser import browser
from deploy.local.demo.story import StepFailedError

PAGE = """
<form method="post" action="/elsewhere"><button name="action" value="decline">No</button></form>
<form method="post" action="?lang=en">
  <input type="hidden" name="token" value="a&amp;b">
  <button name="action" value="pay">Pay</button>
</form>
"""


async def show(_request: web.Request) -> web.Response:
    return web.Response(text=PAGE, content_type="text/html")


async def take(request: web.Request) -> web.Response:
    form = await request.post()
    sent = "&".join(str(form[name]) for name in ("token", "action"))
    raise web.HTTPSeeOther(f"/done?{sent}&{request.query['lang']}")


@pytest.fixture
async def page_url() -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_get("/pay", show)
    app.router.add_post("/pay", take)
    async with TestServer(app) as server:
        yield str(server.make_url("/pay"))


async def test_a_button_sends_its_own_form_and_tells_where_one_is_sent(page_url: str) -> None:
    async with browser() as phone:
        page = await phone.open(page_url)
        sent_to = await phone.press(page, "action", "pay")
    assert sent_to == page_url.replace("/pay", "/done?a&b&pay&en")


async def test_a_page_or_a_button_that_is_not_there_fails_the_step(page_url: str) -> None:
    async with browser() as phone:
        page = await phone.open(page_url)
        with pytest.raises(StepFailedError, match="no button action=refund"):
            await phone.press(page, "action", "refund")
        with pytest.raises(StepFailedError, match="answers 404"):
            await phone.open(f"{page_url}/nowhere")


async def test_a_server_that_is_away_fails_the_step(page_url: str) -> None:
    async with browser() as phone:
        away = page_url.replace("/pay", "/").replace("127.0.0.1", "127.0.0.2")
        with pytest.raises(StepFailedError, match="can't be opened"):
            await phone.open(away)
