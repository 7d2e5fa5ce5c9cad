"""What is measured: one fresh PostgreSQL for the whole run, and services as they run anywhere.

The database is the one of `make run`, with all that protects data from a crash. A service is
`python -m services.<name> --workers N` in processes of its own. Access tokens are signed as
accounts does it, and a small server publishes the key, so that each service verifies them.
"""

import asyncio
import os
import secrets
import shutil
import sys
import time
from asyncio.subprocess import STDOUT, Process
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from signal import Signals
from typing import Final
from uuid import UUID

import aiohttp
import asyncpg
from aiohttp import web

from bench.references import Pgbench
from deploy.local.broker import EmbeddedBroker
from deploy.local.guard import guarded
from deploy.local.options import ROOT
from deploy.local.ports import LOCALHOST, free_port
from deploy.local.postgres import DATABASE, PASSWORD, EmbeddedPostgres
from services.accounts.token_signer import TokenSigner
from shared.core.clock import SystemClock
from shared.core.ids import new_id
from shared.db import Database
from shared.http.app import KEYS_PATH
from shared.schema import SERVICES, migrate

FOLDER: Final = ROOT / ".data" / "bench"
START_SECONDS: Final = 30.0
STOP_SECONDS: Final = 60.0
LINES_SHOWN: Final = 8
NO_LIMIT: Final = "100000000/minute"
PASSWORDS: Final = dict.fromkeys(SERVICES, PASSWORD)
CONNECTIONS: Final = {"max_connections": "200"}


@dataclass
class Stack:
    """The parts of one run. `service_pid` is the service that was started last."""

    folder: Path
    postgres: EmbeddedPostgres
    pgbench: Pgbench
    signer: TokenSigner
    keys_url: str
    database_name: str = DATABASE
    service_pid: int | None = None

    def tokens(self, accounts: Sequence[UUID]) -> list[str]:
        """Return fresh tokens of visitors; each is good for fifteen minutes."""
        return [
            self.signer.for_person(
                account,
                roles=["visitor"],
                grants=[],
                session_id=new_id(),
                methods=["otp"],
                generation=0,
            ).token
            for account in accounts
        ]

    def url(self, service: str) -> str:
        """Return the database's address as a service's role."""
        return self.postgres.url(service, PASSWORD, self.database_name)

    @property
    def owner_url(self) -> str:
        """Return the database's address as the owner of all schemas."""
        return self.postgres.url(database=self.database_name)

    async def beside(self, name: str) -> "Stack":
        """Return this stack with another database, migrated and empty, on the same server."""
        owner = await asyncpg.connect(self.owner_url)
        await owner.execute(f"create database {name}")
        await owner.close()
        beside = replace(self, database_name=name)
        await migrate(beside.owner_url, PASSWORDS)
        return beside

    @asynccontextmanager
    async def database(self, service: str) -> AsyncIterator[Database]:
        """Connect to the schema of a service, for preparing and for checking."""
        database = await Database.connect(self.url(service), service=service, command_timeout=600)
        try:
            yield database
        finally:
            await database.close()

    @asynccontextmanager
    async def broker(self) -> AsyncIterator[str]:
        """Run an empty broker until the block's end; yield its address."""
        broker = EmbeddedBroker(self.folder / "broker", free_port())
        await broker.start()
        try:
            yield broker.bootstrap_servers
        finally:
            await broker.stop()

    @asynccontextmanager
    async def service(
        self, name: str, *arguments: str, **environment: str
    ) -> AsyncIterator[tuple[str, int]]:
        """Run a service until the block's end; yield the address that it answers at."""
        port = free_port()
        own = {
            f"{name.upper()}_PORT": str(port),
            f"{name.upper()}_DATABASE_URL": self.url(name),
            "ACCOUNTS_URL": self.keys_url,
            # All of it comes from one address for few accounts; it is counted all the same.
            "RATE_LIMIT_READ": NO_LIMIT,
            "RATE_LIMIT_WRITE": NO_LIMIT,
        }
        log = self.folder / f"{name}-{port}.log"
        with log.open("wb") as output:
            process = await asyncio.create_subprocess_exec(
                *guarded(
                    [sys.executable, "-m", f"services.{name}", *arguments], on_death=Signals.SIGKILL
                ),
                stdout=output,
                stderr=STDOUT,
                env=os.environ | own | environment,
                cwd=ROOT,
                start_new_session=True,
            )
        self.service_pid = process.pid
        try:
            await _ready(process, f"http://{LOCALHOST}:{port}/readyz")
            yield LOCALHOST, port
        except Exception as error:
            error.add_note(f"The last lines of {name}:\n{await asyncio.to_thread(_end_of, log)}")
            raise
        finally:
            await _stop(process)
            log.unlink()


async def _ready(process: Process, url: str) -> None:
    deadline = time.monotonic() + START_SECONDS
    async with aiohttp.ClientSession() as session:
        while True:
            try:
                async with session.get(url) as answer:
                    if answer.ok:
                        return
            except aiohttp.ClientConnectionError:
                pass
            if process.returncode is not None or time.monotonic() > deadline:
                raise RuntimeError("the service did not start")
            await asyncio.sleep(0.05)


def _end_of(log: Path) -> str:
    return "\n".join(log.read_text().splitlines()[-LINES_SHOWN:])


async def _stop(process: Process) -> None:
    if process.returncode is None:
        process.terminate()
        try:
            async with asyncio.timeout(STOP_SECONDS):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()


@asynccontextmanager
async def fresh_stack() -> AsyncIterator[Stack]:
    """Start a database without a past and a publisher of keys; remove all of it in the end."""
    _clear()
    FOLDER.mkdir(parents=True)
    async with AsyncExitStack() as exits:
        exits.callback(_clear)
        postgres = EmbeddedPostgres(FOLDER / "postgres", free_port(), settings=CONNECTIONS)
        exits.push_async_callback(postgres.stop)
        await postgres.start()
        await migrate(postgres.url(), PASSWORDS)
        pgbench = Pgbench(postgres, FOLDER / "pgbench")
        await pgbench.prepare()
        signer = TokenSigner({"bench": secrets.token_bytes(32)}, "bench", SystemClock())
        keys_url = await exits.enter_async_context(_published(signer))
        yield Stack(FOLDER, postgres, pgbench, signer, keys_url)


@asynccontextmanager
async def _published(signer: TokenSigner) -> AsyncIterator[str]:
    async def keys(_request: web.Request) -> web.Response:
        return web.json_response({"keys": signer.public_keys()})

    app = web.Application()
    app.router.add_get(KEYS_PATH, keys)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    port = free_port()
    try:
        await web.TCPSite(runner, LOCALHOST, port).start()
        yield f"http://{LOCALHOST}:{port}"
    finally:
        await runner.cleanup()


def _clear() -> None:
    """Remove what a run leaves, also where the database's files had to live elsewhere."""
    place = FOLDER / "postgres"
    if place.is_symlink():
        shutil.rmtree(place.resolve(), ignore_errors=True)
    shutil.rmtree(FOLDER, ignore_errors=True)
