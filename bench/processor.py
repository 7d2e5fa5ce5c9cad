"""Processor time, which tells more than the clock where a machine is shared."""

from dataclasses import dataclass
from typing import Self

import psutil

from bench.stack import Stack


@dataclass(frozen=True)
class ProcessorTime:
    """What the service and the database have used so far, in seconds."""

    service: float
    database: float

    @classmethod
    def used(cls, stack: Stack) -> Self:
        """Read it; both are counted with all of their processes."""
        server = stack.postgres.process
        return cls(_seconds(stack.service_pid), _seconds(None if server is None else server.pid))

    def since(self, before: "ProcessorTime", number: int) -> str:
        """Return what each of `number` things has cost since then."""
        service = (self.service - before.service) / number * 1e6
        database = (self.database - before.database) / number * 1e6
        return f"{service:,.0f} µs in the service, {database:,.0f} µs in PostgreSQL"


def _seconds(pid: int | None) -> float:
    """Return the time of a process and of all below it that live, and of its dead children."""
    if pid is None:
        return 0.0
    total = 0.0
    parent = psutil.Process(pid)
    for process in (parent, *parent.children(recursive=True)):
        try:
            times = process.cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += times.user + times.system
        if process == parent:
            total += times.children_user + times.children_system
    return total
