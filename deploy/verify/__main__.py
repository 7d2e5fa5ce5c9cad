"""`python -m deploy.verify`: look whether a running platform keeps its promises."""

import argparse
import asyncio
import sys
import time
from collections.abc import Callable, Sequence
from typing import Final

import asyncpg
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from deploy.local.errors import LocalError
from deploy.verify.invariants import PROMISES, Finding, look
from deploy.verify.notices import Letter, caught_letters, without_repetitions
from deploy.verify.report import Findings, as_json, is_broken, show
from deploy.verify.targets import Target, find_target

KEPT: Final = 0
BROKEN: Final = 1
UNREACHABLE: Final = 2
CONNECT_SECONDS: Final = 10.0
AGAIN_AFTER: Final = 0.5
UNREACHED: Final = (
    LocalError,
    OSError,
    TimeoutError,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
)
EPILOG: Final = """\
It looks at the embedded stack of DATA_DIR, as `make status` does, or at the database that
SCHEMA_DATABASE_URL names, as the role that owns all schemas. It only reads, and sees one moment.
While requests and events are on their way I4 to I6 can be behind; --wait gives them time.
Exit codes: 0 all promises hold, 1 one is broken, 2 the database can't be reached.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Look at what the command line asks for and return the exit code."""
    options = _parser().parse_args(arguments)
    try:
        target = find_target()
        findings = asyncio.run(_until_kept(target, options.only, options.wait))
    except (
        LocalError,
        OSError,
        TimeoutError,
        asyncpg.PostgresError,
        asyncpg.InterfaceError,
    ) as error:
        print(str(error) or "The database does not answer.", file=sys.stderr)
        return UNREACHABLE
    if options.json:
        print(as_json(findings))
    else:
        show(Console(), target.name, findings)
    return BROKEN if is_broken(findings) else KEPT


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m deploy.verify",
        description="Check what the platform promises against the data that it has.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--only",
        type=_names,
        default=tuple(PROMISES),
        metavar="I1,I2",
        help=f"look at these promises (default: all of {', '.join(PROMISES)})",
    )
    parser.add_argument(
        "--wait",
        type=float,
        default=0.0,
        metavar="SECONDS",
        help="look again for so long, until all promises hold (default: once)",
    )
    parser.add_argument("--json", action="store_true", help="print JSON")
    return parser


def _names(text: str) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(name.strip().upper() for name in text.split(",")))
    if unknown := set(names) - set(PROMISES):
        raise argparse.ArgumentTypeError(f"there is no {', '.join(sorted(unknown))}")
    return names


async def _until_kept(target: Target, names: Sequence[str], wait: float) -> Findings:
    deadline = time.monotonic() + wait
    with Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        transient=True,
    ) as progress:
        task = progress.add_task("", total=None)

        def tell(what: str) -> None:
            progress.update(task, description=what)

        while True:
            findings = await _look(target, names, tell)
            if not is_broken(findings) or time.monotonic() > deadline:
                return findings
            tell("not at rest yet")
            await asyncio.sleep(AGAIN_AFTER)


async def _look(target: Target, names: Sequence[str], tell: Callable[[str], None]) -> Findings:
    letters = _letters(target)
    conn = await asyncpg.connect(
        target.database_url,
        timeout=CONNECT_SECONDS,
        server_settings={"application_name": "xiangyou verify"},
    )
    try:
        async with conn.transaction(isolation="repeatable_read", readonly=True):
            findings: dict[str, Finding | None] = {}
            for name in names:
                tell(f"{name} {PROMISES[name].sentence}")
                unseen = name == "I4" and letters is None
                findings[name] = None if unseen else await look(conn, name, letters or ())
            return findings
    finally:
        await conn.close(timeout=CONNECT_SECONDS)


def _letters(target: Target) -> list[Letter] | None:
    if target.inbox is None or not target.inbox.is_dir():
        return None
    return without_repetitions(caught_letters(target.inbox))


if __name__ == "__main__":
    sys.exit(main())
