"""aiohttp's smallest server, beside which ours are measured: `python -m bench.hello PORT`."""

import sys

import uvloop
from aiohttp import web


async def hello(_request: web.Request) -> web.Response:
    """Say hello."""
    return web.Response(text="hello")


def main() -> None:
    """Serve until the process is ended."""
    app = web.Application()
    app.router.add_get("/", hello)
    web.run_app(
        app,
        host="127.0.0.1",
        port=int(sys.argv[1]),
        print=None,
        access_log=None,
        loop=uvloop.new_event_loop(),
    )


if __name__ == "__main__":
    main()
