"""How a gateway can be out of order."""

import asyncio
from typing import Literal

from aiohttp import web

# `unsigned`: somebody in between answers in its name.
Fault = Literal["broken", "busy", "silent", "garbled", "unsigned"]


class Faults:
    """One fault at a time, on every request; `over` lets silent requests go."""

    def __init__(self) -> None:
        self.now: Fault | None = None
        self.over = asyncio.Event()

    async def before(self) -> web.StreamResponse | None:
        if self.now == "broken":
            return web.Response(status=500, text="<html>Internal Server Error</html>")
        if self.now == "busy":
            return web.json_response({"code": "FREQUENCY_LIMITED"}, status=429)
        if self.now == "garbled":
            return web.Response(text="<html>Hello</html>", content_type="text/html")
        if self.now == "silent":
            await self.over.wait()
        return None
