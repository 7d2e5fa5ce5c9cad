"""`python -m deploy.secrets --host NAME`: write the .env of docker-compose.yml, with new secrets.

It needs nothing but Python, so that it runs on a server before anything is installed there.
"""

import argparse
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from deploy.secrets.variables import OPTIONAL, made, production, trying

HEADER: Final = """\
# What docker-compose.yml is told. Made by `python -m deploy.secrets`; docs/operations.md explains.
# Keep it secret, and keep a copy away from the machine: without its sealing keys nobody can read
# names and addresses any more, not even from a backup.
"""
OWN: Final = "\n# What only you know; docker compose says what is missing.\n"
MADE: Final = """
# Made at random. The *_KEYS are JSON, key id to key: a new key is added beside the old ones.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the file, readable by its owner only; return 1 where there is one already."""
    options = _parser().parse_args(arguments)
    own = trying() if options.trying else production(options.host)
    try:
        options.file.touch(mode=0o600, exist_ok=False)
    except FileExistsError:
        print(
            f"{options.file} exists, and may hold the only copy of its keys: move it away first.",
            file=sys.stderr,
        )
        return 1
    secrets = made(datetime.now(UTC).strftime("%Y-%m"))
    text = HEADER + OWN + _lines(own) + MADE + _lines(secrets)
    options.file.write_text(text, encoding="utf-8")
    empty = [name for name, value in own.items() if not value and name not in OPTIONAL]
    print(f"wrote {options.file}" + (f"; fill in {', '.join(empty)}" if empty else ""))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m deploy.secrets",
        description="Write the settings of docker-compose.yml, with new secrets.",
    )
    parser.add_argument("--file", type=Path, default=Path(".env"), help="default: .env")
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--host", help="the name under which people reach the site")
    which.add_argument(
        "--try", dest="trying", action="store_true", help="for https://localhost, with Mailpit"
    )
    return parser


def _lines(variables: Mapping[str, str]) -> str:
    # In single quotes nothing is special; none of our values has one.
    return "".join(f"{name}='{value}'\n" for name, value in variables.items())


if __name__ == "__main__":
    sys.exit(main())
