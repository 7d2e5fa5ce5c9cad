"""Calling servers that strangers name, without being led to our own (docs/adr/0021).

A name is resolved for the connection itself, and the address that the socket is made for is the
one that was checked: there is no second look-up that could answer differently. Redirects are
followed by us, each checked like the first address. All that comes in is counted, decoded too.
"""

import asyncio
import socket
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

import aiohttp
from aiohappyeyeballs import AddrInfoType
from aiohttp import hdrs
from aiohttp.abc import AbstractResolver
from yarl import URL

from shared.core.public_addresses import is_public_text
from shared.http.outbound_urls import Exempt, Target, UrlFault, UrlRefused, read_target

OutboundFault = (
    UrlFault
    | Literal[
        "unreachable", "timeout", "too_large", "encoding", "too_many_redirects", "broken_redirect"
    ]
)

MOST_BYTES: Final = 2 * 1024 * 1024
SECONDS: Final = 10.0
CONNECT_SECONDS: Final = 5.0
MOST_REDIRECTS: Final = 3

_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_CHUNK: Final = 64 * 1024
_GZIP: Final = 16 + zlib.MAX_WBITS


@dataclass
class OutboundFailed(Exception):
    """A call that was refused by us or did not succeed; `fault` says why, without the address."""

    fault: OutboundFault

    def __str__(self) -> str:
        return self.fault


@dataclass(frozen=True, slots=True)
class OutboundAnswer:
    """What a stranger's server answered, whatever its status is."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Outbound:
    """Calls strangers' servers. `exempt` are hosts and ports that are known and may be inside.

    Each call has connections of its own and leaves none behind. `resolver` is for tests.
    """

    def __init__(
        self,
        exempt: frozenset[Exempt] = frozenset(),
        *,
        resolver: AbstractResolver | None = None,
        seconds: float = SECONDS,
    ) -> None:
        self._exempt = exempt
        self._resolver = resolver
        self._seconds = seconds

    async def get(self, url: str, headers: Mapping[str, str] | None = None) -> OutboundAnswer:
        """Read an address, following at most three redirects. Raises OutboundFailed."""
        return await self._call("GET", url, headers or {}, None, MOST_REDIRECTS)

    async def post(self, url: str, headers: Mapping[str, str], data: bytes) -> OutboundAnswer:
        """Send something to an address; a redirect is an answer. Raises OutboundFailed."""
        return await self._call("POST", url, headers, data, None)

    async def _call(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        data: bytes | None,
        redirects: int | None,
    ) -> OutboundAnswer:
        try:
            async with asyncio.timeout(self._seconds):
                target = read_target(url, self._exempt)
                for _ in range((redirects or 0) + 1):
                    answer = await self._exchange(method, target, headers, data)
                    if redirects is None or answer.status not in _REDIRECTS:
                        return answer
                    target = self._next(target, answer)
        except UrlRefused as refused:
            raise OutboundFailed(refused.fault) from None
        except TimeoutError:
            raise OutboundFailed("timeout") from None
        raise OutboundFailed("too_many_redirects")

    def _next(self, target: Target, answer: OutboundAnswer) -> Target:
        """Return where a redirect leads. Raises UrlRefused, and OutboundFailed for a broken one."""
        try:
            url = target.url.join(URL(answer.headers.get(hdrs.LOCATION, ""), encoded=True))
        except ValueError:
            raise OutboundFailed("broken_redirect") from None
        following = read_target(str(url), self._exempt)
        # What was asked for in secret is not said aloud afterwards, and who may be called from
        # outside leads nobody inside.
        if (target.url.scheme == "https" and url.scheme != "https") or (
            following.exempt and not target.exempt
        ):
            raise OutboundFailed("broken_redirect")
        return following

    async def _exchange(
        self, method: str, target: Target, headers: Mapping[str, str], data: bytes | None
    ) -> OutboundAnswer:
        guard = _Guard(open_to_all=target.exempt)
        connector = aiohttp.TCPConnector(
            resolver=self._resolver,
            use_dns_cache=False,
            force_close=True,
            socket_factory=guard.make_socket,
        )
        try:
            async with (
                aiohttp.ClientSession(
                    connector=connector,
                    connector_owner=True,
                    cookie_jar=aiohttp.DummyCookieJar(),
                    auto_decompress=False,
                    trust_env=False,
                ) as session,
                session.request(
                    method,
                    target.url,
                    data=data,
                    headers={hdrs.ACCEPT_ENCODING: "gzip", **headers},
                    allow_redirects=False,
                    timeout=aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_SECONDS),
                ) as response,
            ):
                body = await _read(response)
                return OutboundAnswer(response.status, response.headers, body)
        except (aiohttp.ClientError, OSError, ValueError) as error:
            if isinstance(error, TimeoutError):
                raise
            raise OutboundFailed("address" if guard.refused else "unreachable") from None


class _Guard:
    """Makes the sockets of one call, and none for an address that is not public."""

    def __init__(self, *, open_to_all: bool) -> None:
        self._open_to_all = open_to_all
        self.refused = False

    def make_socket(self, address: AddrInfoType) -> socket.socket:
        """Return a socket that is about to be connected to the address."""
        family, kind, protocol, _, place = address
        if not self._open_to_all and not is_public_text(str(place[0])):
            self.refused = True
            raise OSError("not a public address")
        return socket.socket(family, kind, protocol)


async def _read(response: aiohttp.ClientResponse) -> bytes:
    """Return the body, decoded. Raises OutboundFailed where it is too large or can't be read."""
    encoding = response.headers.get(hdrs.CONTENT_ENCODING, "identity").strip().lower()
    if encoding not in {"identity", "gzip", "x-gzip"}:
        raise OutboundFailed("encoding")
    if (response.content_length or 0) > MOST_BYTES:
        raise OutboundFailed("too_large")
    inflate = None if encoding == "identity" else zlib.decompressobj(_GZIP)
    body = bytearray()
    async for chunk in response.content.iter_chunked(_CHUNK):
        body += chunk if inflate is None else _inflated(inflate, chunk, MOST_BYTES + 1 - len(body))
        if len(body) > MOST_BYTES:
            raise OutboundFailed("too_large")
    if inflate is not None and body and not inflate.eof:
        raise OutboundFailed("encoding")
    return bytes(body)


def _inflated(inflate: "zlib._Decompress", chunk: bytes, most: int) -> bytes:
    """Return what a part of a compressed body holds, and never more than asked for."""
    try:
        return inflate.decompress(chunk, most)
    except zlib.error:
        raise OutboundFailed("encoding") from None
