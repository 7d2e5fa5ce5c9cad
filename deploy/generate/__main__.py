"""`python -m deploy.generate [--check]`: make the generated files anew, or see whether they are."""

import argparse
import asyncio
import logging
import sys
import tempfile
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import structlog

from deploy.generate.access_matrix import access_matrix
from deploy.generate.api_documents import api_documents
from deploy.generate.env_example import env_example
from deploy.local.ports import free_port
from deploy.local.postgres import PASSWORD, EmbeddedPostgres
from shared.contracts.generate import FOLDER as EVENTS
from shared.contracts.generate import documents
from shared.schema import SERVICES
from shared.schema.places import SNAPSHOT
from shared.schema.snapshot import snapshot_of_migrations

ROOT = Path(__file__).resolve().parents[2]


def main() -> int:
    """Write what differs and name it; with `--check` only name it. Exit code 3: it differed."""
    parser = argparse.ArgumentParser(prog="python -m deploy.generate", description=__doc__)
    parser.add_argument(
        "--check", action="store_true", help="write nothing; exit code 3 where a file is stale"
    )
    check = parser.parse_args().check
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    stale = [
        (path, content)
        for path, content in chain(
            access_matrix(), api_documents(), env_example(), event_documents(), snapshot()
        )
        if not _is(ROOT / path, content)
    ]
    for path, content in stale:
        print(f"stale: {path}" if check else f"written: {path}")
        if not check:
            (ROOT / path).parent.mkdir(parents=True, exist_ok=True)
            (ROOT / path).write_text(content, encoding="utf-8")
    if not stale:
        print("all generated files are up to date")
    return 3 if check and stale else 0


def event_documents() -> Iterator[tuple[Path, str]]:
    """Return the schemas of all events and what is made of them."""
    for name, text in documents().items():
        yield (EVENTS / name).relative_to(ROOT), text


def snapshot() -> Iterator[tuple[Path, str]]:
    """Return the schema that the migrations make on a server started for this."""
    yield SNAPSHOT.relative_to(ROOT), asyncio.run(_snapshot())


async def _snapshot() -> str:
    with tempfile.TemporaryDirectory(prefix="xiangyou-") as folder:
        server = EmbeddedPostgres(Path(folder) / "cluster", free_port(), durable=False)
        try:
            await server.start()
            return await snapshot_of_migrations(server.url(), dict.fromkeys(SERVICES, PASSWORD))
        finally:
            await server.stop()


def _is(path: Path, content: str) -> bool:
    return path.exists() and path.read_text(encoding="utf-8") == content


if __name__ == "__main__":
    sys.exit(main())
