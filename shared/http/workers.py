"""Several processes of one service behind one port: forked, watched and replaced by a parent.

The parent answers nobody. It forks before anything is connected, so its workers share the memory
of the program, and a dead one is replaced within milliseconds. The kernel deals new connections
out among the workers that listen (SO_REUSEPORT).
"""

import ctypes
import gc
import os
import select
import signal
import sys
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Final, NamedTuple

import structlog

FIRST_PAUSE: Final = 0.1
LONGEST_PAUSE: Final = 5.0
# A worker that lived this long was well, and is replaced quickly.
HEALTHY_SECONDS: Final = 10.0

_STOP_SIGNALS: Final = (signal.SIGTERM, signal.SIGINT)
# Written by a worker that serves, to where the parent's signals are written too.
_SERVES: Final = b"\xff"
_PR_SET_PDEATHSIG: Final = 1

_log: Final = structlog.get_logger()


class Worker(NamedTuple):
    """What a worker knows of itself: its number from 1, and how to say that it serves."""

    number: int
    started: Callable[[], object]


class _Running(NamedTuple):
    number: int
    since: float


def fork_workers(count: int) -> Worker:
    """Fork; return in each worker, and in the parent raise SystemExit when all have ended.

    The first worker shows whether the service can start at all: if it ends before it serves, the
    parent ends with its code. Later, whichever worker ends is replaced. SIGTERM and Ctrl-C let
    all end in order, and a second one ends them at once. No worker outlives the parent.
    """
    return _Parent(count).watch()


class _Parent:
    """The process that forks."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._running: dict[int, _Running] = {}
        self._due: dict[int, float] = {}
        self._pauses: dict[int, float] = {}
        self._serves = False
        self._stopping = False
        self._code = 0
        self._pid = os.getpid()
        self._heard, self._told = os.pipe()
        os.set_blocking(self._told, False)
        # Nothing is ever written to it; it ends with this process.
        self._life_line, self._life = os.pipe()

    def watch(self) -> Worker:
        """Do what `fork_workers` says."""
        # What is there now is never looked at by the collector, so its pages stay shared.
        gc.freeze()
        for name in (*_STOP_SIGNALS, signal.SIGCHLD):
            signal.signal(name, lambda *_: None)
        signal.set_wakeup_fd(self._told)
        self._due[1] = 0.0
        while True:
            for number in self._take_due():
                if worker := self._fork(number):
                    return worker
            if not self._running and not self._due:
                raise SystemExit(self._code)
            for byte in self._listen():
                self._hear(byte)
            self._bury()

    def _take_due(self) -> list[int]:
        now = time.monotonic()
        due = [number for number, moment in self._due.items() if moment <= now]
        for number in due:
            del self._due[number]
        return due

    def _listen(self) -> bytes:
        """Wait for a signal, a sign of life, or a worker that is due; return what was heard."""
        next_due = min(self._due.values(), default=None)
        patience = None if next_due is None else max(0.0, next_due - time.monotonic())
        ready, _, _ = select.select([self._heard], [], [], patience)
        return os.read(self._heard, 4096) if ready else b""

    def _hear(self, byte: int) -> None:
        if byte == _SERVES[0] and not self._serves:
            self._serves = True
            if not self._stopping:
                self._due = dict.fromkeys(range(2, self._count + 1), 0.0)
        elif byte in _STOP_SIGNALS:
            order = signal.SIGKILL if self._stopping else signal.SIGTERM
            self._stopping = True
            self._due.clear()
            for pid in self._running:
                os.kill(pid, order)

    def _bury(self) -> None:
        """Take notice of the workers that have ended, and have them replaced."""
        for pid, worker in tuple(self._running.items()):
            ended, status = os.waitpid(pid, os.WNOHANG)
            if ended:
                del self._running[pid]
                self._conclude(worker, os.waitstatus_to_exitcode(status))

    def _conclude(self, worker: _Running, code: int) -> None:
        if self._stopping:
            if code not in {0, -signal.SIGTERM}:
                self._code = 1
            return
        if not self._serves:
            # It has said why.
            self._code = code if code > 0 else 1
            return
        pause = self._pauses.get(worker.number, FIRST_PAUSE)
        if time.monotonic() - worker.since >= HEALTHY_SECONDS:
            pause = FIRST_PAUSE
        self._pauses[worker.number] = min(2 * pause, LONGEST_PAUSE)
        self._due[worker.number] = time.monotonic() + pause
        _log.warning("worker.ended", worker=worker.number, code=code, pause=pause)

    def _fork(self, number: int) -> Worker | None:
        # A signal on its way must find either the parent's handlers or the worker's own.
        signal.pthread_sigmask(signal.SIG_BLOCK, _STOP_SIGNALS)
        pid = os.fork()
        if pid:
            self._running[pid] = _Running(number, time.monotonic())
            signal.pthread_sigmask(signal.SIG_UNBLOCK, _STOP_SIGNALS)
            return None
        signal.set_wakeup_fd(-1)
        for name in (*_STOP_SIGNALS, signal.SIGCHLD):
            signal.signal(name, signal.SIG_DFL)
        os.close(self._heard)
        os.close(self._life)
        _die_with(self._pid, self._life_line)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _STOP_SIGNALS)
        return Worker(number, partial(os.write, self._told, _SERVES))


def _die_with(parent: int, life_line: int) -> None:
    """Have this process killed when its parent dies, however that happens."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)
    else:
        threading.Thread(target=_follow_into_death, args=(life_line,), daemon=True).start()


def _follow_into_death(life_line: int) -> None:
    os.read(life_line, 1)
    os.kill(os.getpid(), signal.SIGKILL)
