"""What stands on every log line of a piece of work: the request's id, the job's or event's name."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from types import MappingProxyType
from typing import Final

Values = Mapping[str, str | int]

_CURRENT: Final[ContextVar[Values]] = ContextVar("log_values", default=MappingProxyType({}))


def begin(**values: str | int) -> None:
    """Have these values, and no others, on this task's lines from here on."""
    _CURRENT.set(values)


@contextmanager
def added(**values: str | int) -> Iterator[None]:
    """Have these values on this task's lines, beside those that are there, until the block ends."""
    token = _CURRENT.set({**_CURRENT.get(), **values})
    try:
        yield
    finally:
        _CURRENT.reset(token)


def current() -> Values:
    """Return the values of this task's lines."""
    return _CURRENT.get()
