"""`python -m deploy.local.cashier`: the cashier as a program; CASHIER_KEY is what it signs with."""

import argparse
import asyncio
import os
from pathlib import Path
from signal import Signals

from aiohttp import web
from pydantic import SecretStr

from deploy.local.cashier.pages import create_app
from deploy.local.cashier.store import Store
from shared.core.secret_keys import development_key, key_bytes

DEVELOPMENT_KEY = development_key("signs at the sandbox cashier")


async def serve(file: Path, host: str, port: int, key: bytes) -> None:
    """Serve until SIGTERM or Ctrl-C."""
    loop, stopped = asyncio.get_running_loop(), asyncio.Event()
    for signal in (Signals.SIGTERM, Signals.SIGINT):
        loop.add_signal_handler(signal, stopped.set)
    store = Store(file)
    runner = web.AppRunner(create_app(store, key, f"http://{host}:{port}"), access_log=None)
    await runner.setup()
    await web.TCPSite(runner, host, port).start()
    print(f"cashier.ready http={host}:{port}", flush=True)
    await stopped.wait()
    await runner.cleanup()
    store.close()


def main() -> None:
    """Read the command line and serve."""
    parser = argparse.ArgumentParser(prog="python -m deploy.local.cashier", description=__doc__)
    parser.add_argument(
        "--file", type=Path, default=Path(".data/cashier/cashier.sqlite"), help="%(default)s"
    )
    parser.add_argument("--host", default="127.0.0.1", help="%(default)s")
    parser.add_argument("--port", type=int, default=8108, help="%(default)s")
    given = parser.parse_args()
    named = os.environ.get("CASHIER_KEY")
    key = key_bytes(SecretStr(named) if named else DEVELOPMENT_KEY)
    asyncio.run(serve(given.file, given.host, given.port, key))


if __name__ == "__main__":
    main()
