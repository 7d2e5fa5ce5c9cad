"""`python -m deploy.local.mail_catcher`: the development inbox as a program."""

import argparse
import asyncio
from pathlib import Path
from signal import Signals

from aiohttp import web

from deploy.local.mail_catcher.pages import create_app
from deploy.local.mail_catcher.smtp import protocol
from deploy.local.mail_catcher.store import Inbox


async def serve(
    folder: Path, host: str, smtp_port: int, http_port: int, authenticators: Path | None
) -> None:
    """Catch and show messages until SIGTERM or Ctrl-C."""
    loop, stopped = asyncio.get_running_loop(), asyncio.Event()
    for signal in (Signals.SIGTERM, Signals.SIGINT):
        loop.add_signal_handler(signal, stopped.set)
    inbox = Inbox(folder)
    runner = web.AppRunner(create_app(inbox, authenticators), access_log=None)
    await runner.setup()
    await web.TCPSite(runner, host, http_port).start()
    smtp = await loop.create_server(lambda: protocol(inbox), host, smtp_port)
    print(f"inbox.ready messages={len(inbox)} smtp={host}:{smtp_port}", flush=True)
    await stopped.wait()
    smtp.close()
    await runner.cleanup()


def main() -> None:
    """Read the command line and serve."""
    parser = argparse.ArgumentParser(
        prog="python -m deploy.local.mail_catcher", description=__doc__
    )
    parser.add_argument("--folder", type=Path, default=Path(".data/inbox"), help="%(default)s")
    parser.add_argument("--host", default="127.0.0.1", help="%(default)s")
    parser.add_argument("--smtp-port", type=int, default=8107, help="%(default)s")
    parser.add_argument("--http-port", type=int, default=8106, help="%(default)s")
    parser.add_argument(
        "--authenticators", type=Path, help="the demo people's secrets, whose codes are shown"
    )
    given = parser.parse_args()
    asyncio.run(
        serve(given.folder, given.host, given.smtp_port, given.http_port, given.authenticators)
    )


if __name__ == "__main__":
    main()
