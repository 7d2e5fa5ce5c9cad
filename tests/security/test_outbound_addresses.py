"""Whoever names a server for us to call can't make us call our own."""

import asyncio
import gzip
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from ipaddress import ip_address

import pytest
from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.test_utils import BaseTestServer, TestServer

from shared.core.public_addresses import is_public
from shared.http.outbound import MOST_BYTES, Outbound, OutboundFailed
from shared.http.outbound_urls import Exempt, UrlRefused, exempt_hosts, read_target

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

PRIVATE = [
    "0.0.0.0",  # noqa: S104 - refused, not listened on
    "10.1.2.3",
    "100.64.0.1",
    "127.0.0.1",
    "127.255.255.254",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.8",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.1.1",
    "198.18.0.1",
    "198.51.100.7",
    "203.0.113.9",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:8.8.8.8",
    "64:ff9b::7f00:1",
    "64:ff9b:1::7f00:1",
    "100::1",
    "2001::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "3fff::1",
    "fc00::1",
    "fd12:3456::1",
    "fe80::1",
    "fec0::1",
    "ff02::1",
]
PUBLIC = ["1.1.1.1", "8.8.8.8", "100.63.0.1", "100.128.0.1", "172.32.0.1", "2606:4700::1111"]


class FixedResolver(AbstractResolver):
    """Answers each look-up with the next of its answers, and the last one for ever."""

    def __init__(self, *answers: list[str], port: int | None = None) -> None:
        self._answers = list(answers)
        self._port = port
        self.asked = 0

    async def resolve(
        self,
        host: str,
        port: int = 0,
        family: socket.AddressFamily = socket.AF_INET,  # noqa: ARG002 - aiohttp's signature
    ) -> list[ResolveResult]:
        self.asked += 1
        answer = self._answers[0] if len(self._answers) == 1 else self._answers.pop(0)
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=self._port or port,
                family=socket.AF_INET6 if ":" in address else socket.AF_INET,
                proto=0,
                flags=socket.AI_NUMERICHOST,
            )
            for address in answer
        ]

    async def close(self) -> None:
        """Nothing is kept open."""


@asynccontextmanager
async def serving(**handlers: Handler) -> AsyncIterator[BaseTestServer]:
    app = web.Application()
    for name, handler in handlers.items():
        app.router.add_route("*", f"/{name}", handler)
    async with TestServer(app) as server:
        yield server


def known(server: BaseTestServer) -> frozenset[Exempt]:
    return exempt_hosts(f"127.0.0.1:{server.port}")


async def secret(_request: web.Request) -> web.Response:
    raise AssertionError("nobody may come here")


async def fault_of(outbound: Outbound, url: str) -> str:
    with pytest.raises(OutboundFailed) as failed:
        await outbound.get(url)
    assert url not in str(failed.value)
    return failed.value.fault


@pytest.mark.parametrize("address", PRIVATE)
def test_an_address_that_is_not_of_the_public_internet_is_known(address: str) -> None:
    assert not is_public(ip_address(address))


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_is_public(address: str) -> None:
    assert is_public(ip_address(address))


@pytest.mark.parametrize("address", PRIVATE)
async def test_a_name_that_leads_inside_is_not_called(address: str) -> None:
    outbound = Outbound(resolver=FixedResolver([address]))
    assert await fault_of(outbound, "http://calendar.example.com/feed.ics") == "address"


@pytest.mark.parametrize("address", PRIVATE)
def test_an_inside_address_is_refused_before_it_is_called(address: str) -> None:
    shown = f"[{address}]" if ":" in address else address
    with pytest.raises(UrlRefused) as refused:
        read_target(f"http://{shown}/")
    assert refused.value.fault == "address"


@pytest.mark.parametrize(
    ("url", "fault"),
    [
        ("http://2130706433/", "host"),
        ("http://0x7f000001/", "host"),
        ("http://0x7f.0.0.1/", "host"),
        ("http://0177.0.0.1/", "host"),
        ("http://017700000001/", "host"),
        ("http://127.1/", "host"),
        ("http://127.0.1/", "host"),
        ("http://127.0.0.1./", "host"),
        ("http://1.2.3.4.5/", "host"),
        ("http://name.0x1/", "host"),
        ("http://localhost/", "host"),
        ("http://bookings/", "host"),
        ("http://a..b/", "host"),
        ("http://-a.example/", "host"),
        ("http:///feed", "host"),
        ("http://example.com:/", "host"),
        ("http://example.com:8080/", "port"),
        ("http://example.com:22/", "port"),
        ("http://example.com:0/", "port"),
        ("http://example.com:99999/", "malformed"),
        ("http://user@example.com/", "user"),
        ("http://user:secret@example.com/", "user"),
        ("http://@example.com/", "user"),
        ("http://example.com@127.0.0.1/", "user"),
        ("https://127.0.0.1#@example.com/", "address"),
        ("http://127.0.0.1\\@example.com/", "malformed"),
        ("http://example.com\\.evil/", "malformed"),
        ("http://exa mple.com/", "malformed"),
        ("http://example.com/\r\nHost: inside", "malformed"),
        ("http://ⓛocalhost/", "malformed"),
        ("http://１２７.0.0.1/", "malformed"),
        ("http://[::1%25eth0]/", "malformed"),
        ("file:///etc/passwd", "scheme"),
        ("ftp://example.com/", "scheme"),
        ("gopher://example.com/", "scheme"),
        ("javascript:alert(1)", "scheme"),
        ("//example.com/", "scheme"),
        ("webcal://example.com/", "scheme"),
        ("", "malformed"),
        ("http://example.com/" + "a" * 2000, "malformed"),
    ],
    ids=lambda value: value[:40].encode("unicode_escape").decode(),
)
def test_what_is_not_plainly_a_public_address_is_refused(url: str, fault: str) -> None:
    with pytest.raises(UrlRefused) as refused:
        read_target(url)
    if url == "http://[::1%25eth0]/":
        assert refused.value.fault in {"malformed", "address", "host"}
    else:
        assert refused.value.fault == fault


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/",
        "https://example.com:443/a?b=c",
        "https://8.8.8.8/",
        "https://[2606:4700::1111]/",
        "https://calendar.google.com/calendar/ical/a%40b/private-1/basic.ics",
    ],
)
def test_an_ordinary_address_is_taken(url: str) -> None:
    assert not read_target(url).exempt


def test_logs_show_neither_path_nor_query() -> None:
    assert read_target("https://example.com/private-1/a.ics?s=2").shown == "https://example.com/…"


@pytest.mark.parametrize("setting", ["127.0.0.1", ":80", "a:b", "host:"])
def test_an_exemption_names_a_host_and_a_port(setting: str) -> None:
    with pytest.raises(ValueError, match="host and port"):
        exempt_hosts(setting)


async def test_a_name_that_answers_differently_the_second_time_changes_nothing() -> None:
    # One look-up, whose address is the one that is connected to: there is no second one to lie to.
    async with serving(feed=secret) as server:
        resolver = FixedResolver(["203.0.113.1"], ["127.0.0.1"], port=server.port)
        outbound = Outbound(resolver=resolver, seconds=3)
        assert await fault_of(outbound, "http://rebinding.example.com/feed") == "address"
        assert resolver.asked == 1
        assert await fault_of(outbound, "http://rebinding.example.com/feed") == "address"


async def test_of_a_public_and_an_inside_address_only_the_public_one_is_tried() -> None:
    async with serving(feed=secret) as server:
        # 192.0.2.1 stands for what does not answer; the inside one would.
        resolver = FixedResolver(["192.0.2.1", "127.0.0.1"], port=server.port)
        fault = await fault_of(
            Outbound(resolver=resolver, seconds=2), "http://two.example.com/feed"
        )
        assert fault == "address"


async def test_a_known_host_is_called_and_another_port_of_it_is_not() -> None:
    async def feed(_request: web.Request) -> web.Response:
        return web.Response(text="BEGIN:VCALENDAR", headers={"ETag": '"1"'})

    async with serving(feed=feed) as server, serving(feed=secret) as other:
        outbound = Outbound(known(server))
        answer = await outbound.get(f"http://127.0.0.1:{server.port}/feed")
        assert (answer.status, answer.body) == (200, b"BEGIN:VCALENDAR")
        assert answer.headers["ETag"] == '"1"'
        assert await fault_of(outbound, f"http://127.0.0.1:{other.port}/feed") == "port"
        assert await fault_of(outbound, f"http://localhost:{server.port}/feed") == "port"


@pytest.mark.parametrize(
    ("location", "fault"),
    [
        ("http://127.0.0.1/", "address"),
        ("http://169.254.169.254/latest/meta-data", "address"),
        ("http://[::ffff:127.0.0.1]/", "address"),
        ("http://2130706433/", "host"),
        ("//10.0.0.1/", "address"),
        ("file:///etc/passwd", "scheme"),
        ("http://example.com:6379/", "port"),
        ("http://user@example.com/", "user"),
        ("", "too_many_redirects"),
        ("/feed", "too_many_redirects"),
    ],
    ids=lambda value: value or "nothing",
)
async def test_each_redirect_is_checked_like_the_first_address(location: str, fault: str) -> None:
    async def feed(_request: web.Request) -> web.Response:
        return web.Response(status=302, headers={"Location": location})

    async with serving(feed=feed) as server:
        url = f"http://127.0.0.1:{server.port}/feed"
        assert await fault_of(Outbound(known(server)), url) == fault


async def test_three_redirects_are_followed_and_a_fourth_is_not() -> None:
    async def feed(request: web.Request) -> web.Response:
        left = int(request.query["left"])
        if left:
            return web.Response(status=307, headers={"Location": f"/feed?left={left - 1}"})
        return web.Response(text="here")

    async with serving(feed=feed) as server:
        outbound, url = Outbound(known(server)), f"http://127.0.0.1:{server.port}/feed?left="
        assert (await outbound.get(url + "3")).body == b"here"
        assert await fault_of(outbound, url + "4") == "too_many_redirects"


async def test_what_is_sent_follows_no_redirect() -> None:
    async def hook(_request: web.Request) -> web.Response:
        return web.Response(status=307, headers={"Location": "http://127.0.0.1/"})

    async with serving(hook=hook) as server:
        url = f"http://127.0.0.1:{server.port}/hook"
        assert (await Outbound(known(server)).post(url, {}, b"{}")).status == 307


def compressed(_size: int) -> bytes:
    return gzip.compress(bytes(_size), 9)


async def test_a_large_answer_is_refused_and_so_is_one_that_unpacks_to_much() -> None:
    bodies = {
        "plain": (bytes(MOST_BYTES + 1), {}),
        "bomb": (compressed(200 * 1024 * 1024), {"Content-Encoding": "gzip"}),
        "fits": (compressed(MOST_BYTES), {"Content-Encoding": "gzip"}),
        "broken": (b"no gzip", {"Content-Encoding": "gzip"}),
        "cut_off": (compressed(9000)[:-12], {"Content-Encoding": "gzip"}),
        "strange": (b"x", {"Content-Encoding": "br"}),
    }

    async def feed(request: web.Request) -> web.StreamResponse:
        body, headers = bodies[request.query["body"]]
        # In pieces and without a length: only counting helps.
        response = web.StreamResponse(headers=headers)
        await response.prepare(request)
        for start in range(0, len(body), 100_000):
            await response.write(body[start : start + 100_000])
        return response

    async with serving(feed=feed) as server:
        outbound, url = Outbound(known(server)), f"http://127.0.0.1:{server.port}/feed?body="
        assert await fault_of(outbound, url + "plain") == "too_large"
        assert await fault_of(outbound, url + "bomb") == "too_large"
        assert await fault_of(outbound, url + "broken") == "encoding"
        assert await fault_of(outbound, url + "cut_off") == "encoding"
        assert await fault_of(outbound, url + "strange") == "encoding"
        assert len((await outbound.get(url + "fits")).body) == MOST_BYTES


async def test_a_server_that_drips_is_left() -> None:
    async def feed(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        for _ in range(100):
            await response.write(b"x")
            await asyncio.sleep(0.05)
        return response

    async with serving(feed=feed) as server:
        outbound = Outbound(known(server), seconds=0.5)
        assert await fault_of(outbound, f"http://127.0.0.1:{server.port}/feed") == "timeout"


async def test_nothing_of_ours_is_sent_along(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: dict[str, str] = {}

    async def feed(request: web.Request) -> web.Response:
        seen.update(request.headers)
        return web.Response(headers={"Set-Cookie": "a=b"})

    async with serving(feed=feed) as server:
        # A proxy from the environment would do its own look-ups.
        monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
        outbound = Outbound(known(server))
        for _ in range(2):
            await outbound.get(f"http://127.0.0.1:{server.port}/feed")
    assert seen.keys() <= {"Host", "Accept", "Accept-Encoding", "User-Agent", "Connection"}
