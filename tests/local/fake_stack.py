"""Runs the real supervisor with fake programs: `python fake_stack.py PLAN`.

PLAN is JSON: {"data_dir", "port_offset", "journal", "with_parent", "parts": [[name, port name,
restart_with, habit], ...]}; each part is a stage of its own.
"""

import asyncio
import json
import os
import sys
from pathlib import Path

from deploy.local.foreground import run
from deploy.local.log_book import LogBook
from deploy.local.options import Options
from deploy.local.parts import Entry, Program, Stages

PROGRAM = Path(__file__).with_name("fake_program.py")


def main() -> int:
    plan = json.loads(sys.argv[1])
    options = Options(Path(plan["data_dir"]), plan["port_offset"])

    def build(log: LogBook) -> Stages:
        return tuple((entry(part, log),) for part in plan["parts"])

    def entry(part: tuple[str, str, str, str], log: LogBook) -> Entry:
        name, port_name, restart_with, habit = part
        port = options.ports.of(port_name)
        arguments = [sys.executable, "-S", str(PROGRAM), name, str(port), plan["journal"], habit]
        url = f"http://127.0.0.1:{port}/readyz"
        program = Program(name, arguments, dict(os.environ), url, log.writer(name))
        return Entry(name, program, port, (restart_with,) if restart_with else ())

    return asyncio.run(run(options, build, with_parent=plan["with_parent"]))


if __name__ == "__main__":
    sys.exit(main())
