"""Runs a table of parts in the foreground until it is told to stop."""

import asyncio
import os
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from signal import Signals
from typing import Final

from deploy.local.errors import LocalError
from deploy.local.log_book import SUPERVISOR, LogBook
from deploy.local.options import Options
from deploy.local.parts import Stages
from deploy.local.preflight import check_ports, check_room, sentence
from deploy.local.state import StackState, end_leftovers, lock
from deploy.local.supervisor import Supervisor

DONE: Final = 0
FAILED: Final = 1
INTERRUPTED: Final = 130
PARENT_SECONDS: Final = 0.5

BuildStages = Callable[[LogBook], Stages]


async def run(options: Options, build: BuildStages, *, with_parent: bool = False) -> int:
    """Run any table of parts on a data folder until SIGINT, SIGTERM or SIGHUP.

    `with_parent` also ends it when the process that started this one is gone.
    """
    try:
        await asyncio.to_thread(options.data_dir.mkdir, parents=True, exist_ok=True)
        with lock(options.data_dir):
            await end_leftovers(options.data_dir)
            check_ports(options)
            check_room(options.data_dir)
            log = LogBook(options.data_dir / "logs", colour=_colourful())
            return await _run(options, build(log), log, with_parent=with_parent)
    except (LocalError, OSError) as error:
        print(sentence(error, options.data_dir), file=sys.stderr)
        return FAILED


async def _run(options: Options, stages: Stages, log: LogBook, *, with_parent: bool) -> int:
    state, say = StackState(options.data_dir, options.ports.url("web")), log.writer(SUPERVISOR)
    supervisor = Supervisor(stages, state, say)
    told = _stop_signals(supervisor, say)
    waiting = [asyncio.create_task(told.wait()), asyncio.create_task(supervisor.broken())]
    if with_parent:
        waiting.append(asyncio.create_task(_parent_gone()))
    try:
        begun = time.monotonic()
        starting = asyncio.create_task(supervisor.start())
        await asyncio.wait({starting, *waiting}, return_when=asyncio.FIRST_COMPLETED)
        if starting.done():
            starting.result()
            _greet(options, log, say, time.monotonic() - begun)
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        for task in waiting:
            if task.done():
                task.result()
    finally:
        for task in (starting, *waiting):
            task.cancel()
        await asyncio.gather(starting, *waiting, return_exceptions=True)
        say("stopping")
        await supervisor.stop()
    say("stopped")
    return DONE


def _greet(options: Options, log: LogBook, say: Callable[[str], None], seconds: float) -> None:
    say(f"all parts ready in {seconds:.1f} s; Ctrl-C stops them")
    log.say(f"mail and SMS: {options.ports.url('web')}/dev/inbox")
    log.say(f"sandbox cashier: {options.ports.url('cashier')}")
    log.say(f"ready: {options.ports.url('web')}")


def _stop_signals(supervisor: Supervisor, say: Callable[[str], None]) -> asyncio.Event:
    told = asyncio.Event()

    def on_signal() -> None:
        if told.is_set():
            say("ending everything at once")
            supervisor.kill()
            os._exit(INTERRUPTED)
        told.set()
        say("told to stop; a second Ctrl-C ends everything at once")

    loop = asyncio.get_running_loop()
    for signal in (Signals.SIGINT, Signals.SIGTERM, Signals.SIGHUP):
        loop.add_signal_handler(signal, on_signal)
    return told


async def _parent_gone() -> None:
    parent = os.getppid()
    while os.getppid() == parent:  # noqa: ASYNC110 - nothing tells of it
        await asyncio.sleep(PARENT_SECONDS)


def _colourful() -> bool:
    with suppress(OSError, ValueError):
        return sys.stdout.isatty() and "NO_COLOR" not in os.environ
    return False
