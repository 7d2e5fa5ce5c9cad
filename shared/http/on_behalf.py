"""On whose behalf a service calls another: the visitor's address goes along with every call.

Limits count those who are not signed in by their address. Without this, all visitors of the pages
would be one caller.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

from multidict import istr

FORWARDED_FOR: Final[str] = istr("X-Forwarded-For")

_ADDRESS: Final[ContextVar[str]] = ContextVar("address_on_behalf", default="")


@contextmanager
def on_behalf_of(address: str) -> Iterator[None]:
    """Call other services on behalf of an address until the block ends."""
    token = _ADDRESS.set(address)
    try:
        yield
    finally:
        _ADDRESS.reset(token)


def address_on_behalf() -> str:
    """Return on behalf of which address this task calls others; empty for nobody's."""
    return _ADDRESS.get()
