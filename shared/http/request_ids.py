"""One id for each request, taken from the caller or made, on answers, log lines and calls."""

import re
from contextvars import ContextVar
from typing import Final

from aiohttp import web
from multidict import istr

from shared.core.ids import random_hex

HEADER: Final[str] = istr("X-Request-Id")
_ACCEPTED: Final = re.compile(r"[A-Za-z0-9._-]{8,64}", re.ASCII)
_CURRENT: Final[ContextVar[str | None]] = ContextVar("request_id", default=None)


def begin(request: web.Request) -> str:
    """Return the request's id and make it the current one; a strange one is replaced."""
    given = request.headers.get(HEADER, "")
    request_id = given if _ACCEPTED.fullmatch(given) else random_hex(16)
    _CURRENT.set(request_id)
    return request_id


def current_request_id() -> str | None:
    """Return the id of the request that is being worked on, if there is one."""
    return _CURRENT.get()
