"""`python -m deploy.local`: the whole platform on this machine."""

import argparse
import asyncio
import os
import sys
from collections.abc import Sequence
from typing import Final

from deploy.local.environment import PARTS, StackEnvironment
from deploy.local.errors import LocalError
from deploy.local.keys import Keys
from deploy.local.options import Options
from deploy.local.status import show_status, stop_stack
from deploy.local.up import up

FAILED: Final = 1
NOT_READY: Final = 3
EPILOG: Final = """\
variables:
  DATA_DIR=FOLDER    where the data is kept (default: .data in the project)
  PORT_OFFSET=N      added to every port (default: 0); 8080 is the web pages
  BROKER=apache      Apache Kafka instead of the small broker; needs Java 17 and Maven
  SEED=0             without the demo district

Two stacks run side by side if they differ in DATA_DIR and PORT_OFFSET.
Logs are in DATA_DIR/logs, the processes in DATA_DIR/stack.json.
To start afresh, stop the stack and remove DATA_DIR.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    given = _parser().parse_args(arguments)
    try:
        options = Options.from_environment(os.environ)
        match given.command:
            case "up":
                return asyncio.run(up(options, with_parent=given.with_parent))
            case "status":
                return 0 if show_status(options.data_dir) else NOT_READY
            case "down":
                stop_stack(options.data_dir)
                return 0
            case _:
                _become(options, given.service, given.program)
    except LocalError as error:
        print(error, file=sys.stderr)
    return FAILED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m deploy.local",
        description="Xiangyou on this machine: database, broker, mail catcher and all services.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    start = commands.add_parser("up", help="start everything and stay in the foreground")
    start.add_argument(
        "--with-parent", action="store_true", help="stop when the starting process is gone"
    )
    commands.add_parser("status", help="show the processes; exit code 3 if not all is ready")
    commands.add_parser("down", help="stop the stack of DATA_DIR from another terminal")
    run = commands.add_parser("exec", help="run a program with the settings of a service")
    run.add_argument("service", choices=PARTS)
    run.add_argument("program", nargs=argparse.REMAINDER, help="the program with its arguments")
    return parser


def _become(options: Options, service: str, program: list[str]) -> None:
    """Replace this process by a program that has a service's environment."""
    if not program:
        raise LocalError("Which program? For example: exec statistics python -m shared.messaging")
    environment = StackEnvironment(options, Keys(options.data_dir / "secrets.json")).of(service)
    try:
        os.execvpe(program[0], program, environment)  # noqa: S606 - named by whoever runs this
    except OSError as error:
        raise LocalError(f"{program[0]} can't be started: {error.strerror}.") from error


if __name__ == "__main__":
    sys.exit(main())
