"""Answers that are written as bytes once, and sent to many: head and body in one piece.

Only what differs is added for each request: its id and the date. What else an application adds to
its answers (`on_response_prepare`) has to stand in the headers already.
"""

import time
from email.utils import formatdate
from functools import lru_cache

from aiohttp import HttpVersion11, hdrs, web
from aiohttp.abc import AbstractStreamWriter
from multidict import CIMultiDict

from shared.http.keys import REQUEST_ID
from shared.http.request_ids import HEADER


class WrittenAnswer:
    """An answer of 200 to a GET over HTTP/1.1 whose connection stays open, as most do."""

    __slots__ = ("_body", "_head")

    def __init__(self, headers: "CIMultiDict[str]", body: bytes) -> None:
        lines = [f"{name}: {value}" for name, value in headers.items()]
        self._head = "\r\n".join(
            ["HTTP/1.1 200 OK", *lines, f"{hdrs.CONTENT_LENGTH}: {len(body)}", f"{HEADER}: "]
        ).encode()
        self._body = body

    @staticmethod
    def fits(request: web.Request) -> bool:
        """Tell whether it answers a request; others get an answer that is made for them."""
        return (
            request.method == hdrs.METH_GET
            and request.version == HttpVersion11
            and request.keep_alive
        )

    def response(self) -> web.StreamResponse:
        """Return what aiohttp sends."""
        return _Written(self)

    def to(self, request: web.BaseRequest) -> bytes:
        """Return all bytes of the answer to a request."""
        own = f"{request.get(REQUEST_ID, '')}\r\n{hdrs.DATE}: {_date(int(time.time()))}\r\n\r\n"
        return b"".join((self._head, own.encode(), self._body))


class _Written(web.StreamResponse):
    """Sends a written answer: there is nothing to prepare, and nothing to end."""

    def __init__(self, answer: WrittenAnswer) -> None:
        super().__init__()
        self._answer = answer

    @property
    def keep_alive(self) -> bool:
        return True

    async def prepare(self, request: web.BaseRequest) -> AbstractStreamWriter:
        writer = request.writer
        await writer.write(self._answer.to(request))
        # A reader who does not take what was sent is sent no more.
        await writer.drain()
        return writer

    async def write_eof(self, data: bytes = b"") -> None:
        pass


@lru_cache(maxsize=1)
def _date(second: int) -> str:
    """Return a moment as HTTP writes it (RFC 9110 §5.6.7)."""
    return formatdate(second, usegmt=True)
