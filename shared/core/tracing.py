"""W3C Trace Context: one trace id from the click to the mail, across HTTP and Kafka.

Source: https://www.w3.org/TR/trace-context/ (version 00).
"""

import re
from contextvars import ContextVar
from typing import Final, NamedTuple

from shared.core.ids import random_hex

_TRACEPARENT: Final = re.compile(r"00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})")


class TraceContext(NamedTuple):
    """Where the present piece of work stands in its trace."""

    trace_id: str
    span_id: str

    @property
    def traceparent(self) -> str:
        """The header value that hands this context to the next process."""
        return f"00-{self.trace_id}-{self.span_id}-01"

    def child(self) -> "TraceContext":
        """Return the context of a step inside this one."""
        return TraceContext(self.trace_id, random_hex(8))


_CURRENT: Final[ContextVar[TraceContext | None]] = ContextVar("trace_context", default=None)


def start() -> TraceContext:
    """Begin a new trace and make it the current one."""
    drawn = random_hex(24)
    context = TraceContext(drawn[:32], drawn[32:])
    _CURRENT.set(context)
    return context


def continue_from(traceparent: str | None) -> TraceContext:
    """Continue the caller's trace, or begin a new one where the header is missing or malformed."""
    match = _TRACEPARENT.fullmatch(traceparent) if traceparent else None
    if match is None or match[1] == "0" * 32 or match[2] == "0" * 16:
        return start()
    context = TraceContext(match[1], random_hex(8))
    _CURRENT.set(context)
    return context


def current() -> TraceContext:
    """Return the current context; work outside of any trace begins one."""
    return _CURRENT.get() or start()
