"""The reference programs: what PostgreSQL's own `pgbench` reaches with a naive booking.

A booking here is one data-modifying statement: take two places if there is room, and note who has
them. It has one limit instead of four, and no token, no Idempotency-Key, no price, no ledger, no
event, no HTTP.
"""

import asyncio
import os
import re
from asyncio.subprocess import PIPE
from pathlib import Path
from typing import Final

import asyncpg

from bench.figures import Speed, percentile
from deploy.local.cluster_place import programs
from deploy.local.postgres import OWNER, PASSWORD, EmbeddedPostgres

DATABASE: Final = "reference"
SESSIONS: Final = 1000
TPS: Final = re.compile(r"^tps = ([0-9.]+) \(without initial connection time\)$", re.MULTILINE)

TABLES: Final = """
create table sessions (
    id integer primary key,
    capacity integer not null,
    taken integer not null default 0 check (taken <= capacity)
) with (fillfactor = 50);
create table reservations (
    id uuid primary key default uuidv7(),
    session_id integer not null references sessions (id),
    account_id uuid not null,
    places integer not null,
    made_at timestamptz not null default now()
);
create index reservations_account_id_index on reservations (account_id);
insert into sessions (id, capacity) select id, 1000000000 from generate_series(1, 1000) as id;
"""

# {session} is an expression of pgbench's own language.
RESERVE: Final = """
\\set session {session}
with granted as (
    update sessions set taken = taken + 2
    where id = :session and taken + 2 <= capacity
    returning id
)
insert into reservations (session_id, account_id, places)
select id, gen_random_uuid(), 2 from granted;
"""
HOT: Final = RESERVE.format(session="1")
SPREAD: Final = RESERVE.format(session=f"random(1, {SESSIONS})")


class Pgbench:
    """The reference tables in a database of their own, on the server of the run."""

    def __init__(self, server: EmbeddedPostgres, folder: Path) -> None:
        self._server = server
        self._folder = folder

    async def prepare(self) -> None:
        """Create the tables."""
        self._folder.mkdir()
        owner = await asyncpg.connect(self._server.url())
        await owner.execute(f"create database {DATABASE}")
        await owner.close()
        owner = await asyncpg.connect(self._server.url(database=DATABASE))
        await owner.execute(TABLES)
        await owner.close()

    async def run(self, script: str, *, clients: int, seconds: int) -> Speed:
        """Run a script on so many connections. Raises RuntimeError with pgbench's own words."""
        for old in self._folder.iterdir():
            old.unlink()
        path = self._folder / "script.sql"
        path.write_text(script)
        program = programs(None) / "pgbench"
        process = await asyncio.create_subprocess_exec(
            *(str(program), "--no-vacuum", "--protocol=prepared", f"--file={path}"),
            *(f"--client={clients}", f"--jobs={min(clients, 2)}", f"--time={seconds}"),
            *("--log", f"--log-prefix={self._folder / 'latency'}"),
            *("--host=127.0.0.1", f"--port={self._server.port}", f"--username={OWNER}", DATABASE),
            env=os.environ | {"PGPASSWORD": PASSWORD},
            stdout=PIPE,
            stderr=PIPE,
        )
        output, errors = await process.communicate()
        # Connecting takes a part of the time, and is no part of the figure.
        found = TPS.search(output.decode())
        if process.returncode or found is None:
            raise RuntimeError(f"pgbench: {errors.decode()}")
        latencies = await asyncio.to_thread(self._latencies)
        return Speed(float(found[1]), percentile(latencies, 50), percentile(latencies, 99))

    def _latencies(self) -> list[float]:
        """Return the milliseconds that each transaction took; the log has microseconds."""
        return [
            int(line.split(maxsplit=3)[2]) / 1000
            for log in self._folder.glob("latency.*")
            for line in log.read_text().splitlines()
        ]
