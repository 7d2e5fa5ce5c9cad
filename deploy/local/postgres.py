"""Our own launcher of the PostgreSQL server that comes as a Python package."""

import asyncio
import os
import secrets
import shutil
import time
from asyncio.subprocess import Process
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from pwd import struct_passwd
from signal import Signals
from types import MappingProxyType
from typing import Final
from urllib.parse import quote

import asyncpg

from deploy.local.child import Child
from deploy.local.cluster_place import cluster_home, programs
from deploy.local.errors import LocalError
from deploy.local.guard import unprivileged_user
from deploy.local.identity import command_line, end, identify
from deploy.local.ports import LOCALHOST, is_free

OWNER: Final = "owner"
PASSWORD: Final = "local"  # noqa: S105 - reachable from this machine only, and printed in the guide
DATABASE: Final = "xiangyou"
VERSION: Final = "18"  # a folder for each major version: the next can't read this one's files
START_SECONDS: Final = 60.0
STOP_SECONDS: Final = 30.0
# C.UTF-8 sorts by code point like C, but knows which characters are letters: with plain C the
# trigrams of Chinese words are empty, and search finds nothing.
INITDB: Final = (
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--lc-collate=C",
    "--lc-ctype=C.UTF-8",
    "--encoding=UTF8",
    "--auth=scram-sha-256",
    f"--username={OWNER}",
)
SETTINGS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "listen_addresses": LOCALHOST,
        "unix_socket_directories": "",
        "max_connections": "100",
        "shared_buffers": "64MB",
        "timezone": "UTC",
        "log_timezone": "UTC",
        "log_line_prefix": "%m ",
        "lc_messages": "C",
        "log_checkpoints": "off",
        "max_wal_size": "512MB",
        "wal_level": "minimal",
        "max_wal_senders": "0",
        "max_logical_replication_workers": "0",
        "autovacuum_max_workers": "2",
        "io_method": "sync",
        "password_encryption": "scram-sha-256",
    }
)
# Without autovacuum plans are those of tables that nobody analysed, at any moment of a test.
THROWAWAY: Final[Mapping[str, str]] = MappingProxyType(
    {
        "fsync": "off",
        "synchronous_commit": "off",
        "full_page_writes": "off",
        "autovacuum": "off",
    }
)
NOT_YET: Final = (asyncpg.CannotConnectNowError, asyncpg.PostgresConnectionError)
STILL_THERE: Final = "pre-existing shared memory block"


class EmbeddedPostgres:
    """One PostgreSQL server on 127.0.0.1, its files below `data_dir`.

    The first start creates the cluster, the user `owner` (password `local`) and the database
    `xiangyou`. `durable=False` turns off all that protects data from a crash of the machine: for
    tests only. `settings` override the server's settings. As root, the server runs as
    another user (see `unprivileged_user`).
    """

    def __init__(
        self,
        data_dir: Path,
        port: int,
        *,
        durable: bool = True,
        settings: Mapping[str, str] = MappingProxyType({}),
        on_line: Callable[[str], None] | None = None,
    ) -> None:
        self.port = port
        self._place = Path(data_dir).absolute()
        self._durable = durable
        self._settings = {**SETTINGS, **({} if durable else THROWAWAY), **settings}
        self._on_line = on_line
        self._child: Child | None = None

    @property
    def process(self) -> Process | None:
        """Return the server's process; None before `start`."""
        return None if self._child is None else self._child.process

    @property
    def child(self) -> Child | None:
        """Return the server as the supervisor watches it; None before `start`."""
        return self._child

    def url(self, role: str = OWNER, password: str = PASSWORD, database: str = DATABASE) -> str:
        """Return the address to connect to as `role`."""
        account = f"{quote(role, safe='')}:{quote(password, safe='')}"
        return f"postgresql://{account}@{LOCALHOST}:{self.port}/{quote(database, safe='')}"

    async def start(self) -> None:
        """Start the server and return when it answers queries.

        A server that an earlier run left behind on the same files is stopped first.
        Raises LocalError with the reason and the server's last words where it does not come up.
        """
        # Looking for accounts and copying programs blocks; nothing else runs at this point.
        user = await asyncio.to_thread(unprivileged_user, self._place)
        home = await asyncio.to_thread(cluster_home, self._place, user, scratch=not self._durable)
        folder = home / VERSION
        binaries = await asyncio.to_thread(programs, user)
        await _stop_orphan(folder)
        if not is_free(self.port):
            raise LocalError(f"Port {self.port} (PostgreSQL) is in use by another program.")
        if not await asyncio.to_thread(folder.exists):
            await _initialise(binaries, folder, user)
        deadline = time.monotonic() + START_SECONDS
        try:
            while not await self._come_up(binaries, folder, user, deadline):
                pass  # sessions of a killed server have not yet left its shared memory
            await self._create_database()
        except asyncpg.PostgresError as error:
            await self.stop()
            raise LocalError(f"PostgreSQL refused its owner: {error}") from error

    async def stop(self) -> None:
        """Stop the server: sessions are cut off, all data is written ("fast shutdown")."""
        if self._child is not None and self._child.running:
            await self._child.stop(Signals.SIGINT, patience=STOP_SECONDS)

    async def _come_up(
        self, binaries: Path, folder: Path, user: struct_passwd | None, deadline: float
    ) -> bool:
        _disown_lock(folder)
        options = [f"-c{name}={value}" for name, value in self._settings.items()]
        self._child = child = await Child.start(
            [str(binaries / "postgres"), "-D", str(folder), f"-p{self.port}", *options],
            on_line=self._on_line,
            folder=Path("/"),
            on_death=Signals.SIGINT,
            user=user,
        )
        while True:
            if not child.running:
                await child.ended()
                if STILL_THERE in child.tail() and time.monotonic() < deadline:
                    await asyncio.sleep(0.2)
                    return False
                raise LocalError(f"PostgreSQL did not start:\n{child.tail()}")
            try:
                conn = await asyncpg.connect(self.url(database="postgres"), timeout=2)
            except (OSError, TimeoutError, *NOT_YET) as error:
                if time.monotonic() > deadline:
                    await self.stop()
                    raise LocalError(f"PostgreSQL does not answer: {error}") from error
                await asyncio.sleep(0.05)
            else:
                await conn.close()
                return True

    async def _create_database(self) -> None:
        conn = await asyncpg.connect(self.url(database="postgres"), timeout=10)
        try:
            # A database can't be created "if not exists"; the second time is no error to us.
            with suppress(asyncpg.DuplicateDatabaseError):
                await conn.execute(f"create database {DATABASE}")
        finally:
            await conn.close()


async def _initialise(binaries: Path, folder: Path, user: struct_passwd | None) -> None:
    """Create the cluster beside its place, then move it there: one half made is never used."""
    for rest in folder.parent.glob(".draft-*"):
        shutil.rmtree(rest)
    draft = folder.parent / f".draft-{secrets.token_hex(4)}"
    draft.mkdir(mode=0o700)
    password = draft / "password"
    password.write_text(PASSWORD)
    if user is not None:
        for path in (draft, password):
            os.chown(path, user.pw_uid, user.pw_gid)
    cluster = draft / "cluster"
    initdb = [str(binaries / "initdb"), "-D", str(cluster), f"--pwfile={password}", *INITDB]
    child = await Child.run(initdb, folder=Path("/"), user=user)
    if not child.succeeded:
        raise LocalError(f"The database could not be created in {folder}:\n{child.tail()}")
    cluster.rename(folder)
    shutil.rmtree(draft)


async def _stop_orphan(folder: Path) -> None:
    """Stop a server that still runs on these files since its supervisor died."""
    pid = _locked_by(folder)
    owner = None if pid is None else identify(pid)
    if owner is None or str(folder) not in command_line(owner.pid):
        return
    if not await end(owner, Signals.SIGINT, patience=STOP_SECONDS):
        raise LocalError(f"PostgreSQL (process {owner.pid}) runs on {folder} and can't be stopped.")


def _disown_lock(folder: Path) -> None:
    """Keep a lock file of a dead server from stopping the new one.

    Its process id may have been given to another program, or belong to a zombie; the server would
    take either for a living one. Removing the file would also remove its second purpose,
    to find sessions that still use the shared memory. So it gets the one id which the
    server accepts as stale in any case: its own parent's.
    """
    pid = _locked_by(folder)
    lock = folder / "postmaster.pid"
    if pid is not None:
        lines = lock.read_text().split("\n")
        lock.write_text("\n".join([str(os.getpid()), *lines[1:]]))
    elif lock.exists():
        lock.unlink()  # empty: the machine went down while it was written


def _locked_by(folder: Path) -> int | None:
    try:
        first = (folder / "postmaster.pid").read_text().split("\n", 1)[0].strip()
    except FileNotFoundError:
        return None
    return int(first) if first.isdigit() else None
