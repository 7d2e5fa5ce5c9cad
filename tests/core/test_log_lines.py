"""Log lines are written together where that can wait, in their order, and none is lost."""

import asyncio
import io
import json
import subprocess
import sys
import threading
from pathlib import Path
from typing import Final

from shared.core.log_lines import LogLines

ROOT: Final = Path(__file__).parents[2]
ENDING: Final = """
import asyncio
from shared.core.logging import configure_logging
from shared.core.settings import ServiceSettings
import structlog

async def work():
    structlog.get_logger().info("work.done")
    raise SystemExit(3)

configure_logging("bookings", ServiceSettings(log_format="json"))
asyncio.run(work())
"""


class CountedFile(io.StringIO):
    """A file that counts how often something was written to it."""

    writes = 0

    def write(self, text: str) -> int:
        self.writes += 1
        return super().write(text)


async def test_the_lines_of_one_turn_are_one_write() -> None:
    file = CountedFile()
    lines = LogLines(file)
    lines.info("a")
    lines.debug("b")
    assert file.getvalue() == ""
    await asyncio.sleep(0)
    assert (file.getvalue(), file.writes) == ("a\nb\n", 1)
    lines.info("c")
    await asyncio.sleep(0)
    assert file.getvalue() == "a\nb\nc\n"


async def test_trouble_is_written_at_once_behind_all_that_was_before_it() -> None:
    file = io.StringIO()
    lines = LogLines(file)
    lines.info("a")
    lines.warning("b")
    assert file.getvalue() == "a\nb\n"
    lines.info("c")
    await asyncio.sleep(0)
    assert file.getvalue() == "a\nb\nc\n"


def test_where_no_loop_runs_each_line_is_written_at_once() -> None:
    file = io.StringIO()
    lines = LogLines(file)
    lines.info("a")
    assert file.getvalue() == "a\n"

    async def leave() -> None:
        lines.info("b")
        asyncio.get_running_loop().stop()

    for _ in range(2):
        loop = asyncio.new_event_loop()
        leaving = loop.create_task(leave())
        loop.run_forever()
        loop.run_until_complete(leaving)
        loop.close()
    assert file.getvalue() == "a\nb\nb\n"


async def test_lines_of_threads_are_whole_and_all_there() -> None:
    file = io.StringIO()
    lines = LogLines(file)

    def say() -> None:
        for _ in range(200):
            lines.info("x" * 50)

    threads = [threading.Thread(target=say) for _ in range(4)]
    for thread in threads:
        thread.start()
    for _ in range(200):
        lines.info("y" * 50)
        await asyncio.sleep(0)
    for thread in threads:
        await asyncio.to_thread(thread.join)
    await asyncio.sleep(0)
    found = file.getvalue().splitlines()
    assert sorted(found) == ["x" * 50] * 800 + ["y" * 50] * 200


def test_a_process_that_ends_in_the_middle_of_a_turn_writes_its_last_lines() -> None:
    program = [sys.executable, "-c", ENDING]
    ended = subprocess.run(program, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ended.returncode == 3
    assert json.loads(ended.stderr)["event"] == "work.done"
