"""Files as bodies: counted while they come, and not waited for without end."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from services.notifications.settings import NotificationsSettings
from shared.core.errors import (
    BodyTimeout,
    BodyTooLarge,
    MalformedBody,
    UnsupportedMediaType,
)
from shared.http.access import may
from shared.http.app import create_app
from shared.http.keys import CATALOGUE
from shared.http.models import Body
from shared.http.openapi import openapi_document
from shared.http.route import route
from shared.http.uploads import read_upload

MOST = 1000
SECONDS = 0.4


@route(
    "PUT",
    "/v1/files",
    access=may("public.read"),
    consumes=("image/png",),
)
async def take(request: web.Request) -> web.Response:
    """Take a file."""
    body = await read_upload(
        request, ("image/png",), MOST, seconds=2 * SECONDS, silent_seconds=SECONDS
    )
    return web.json_response(len(body))


@pytest.fixture
async def client() -> AsyncIterator[TestClient[web.Request, web.Application]]:
    app = create_app("notifications", NotificationsSettings(), [take])
    async with TestClient(TestServer(app)) as started:
        yield started


async def put(
    client: TestClient[web.Request, web.Application], data: object, **headers: str
) -> tuple[int, object]:
    sent = {"Content-Type": "image/png", **{k.replace("_", "-"): v for k, v in headers.items()}}
    async with client.put("/v1/files", data=data, headers=sent) as answer:
        content = await answer.json()
        return answer.status, content if isinstance(content, int) else content["code"]


async def in_pieces(*pieces: bytes, pause: float = 0.0) -> AsyncIterator[bytes]:
    for piece in pieces:
        yield piece
        await asyncio.sleep(pause)


async def test_a_file_of_the_largest_size_is_read_whole_in_one_piece_or_in_many(
    client: TestClient[web.Request, web.Application],
) -> None:
    assert await put(client, bytes(MOST)) == (200, MOST)
    assert await put(client, in_pieces(*[bytes(100)] * 10)) == (200, MOST)


async def test_one_byte_more_is_refused_announced_or_not(
    client: TestClient[web.Request, web.Application],
) -> None:
    assert await put(client, bytes(MOST + 1)) == (413, BodyTooLarge.code)
    assert await put(client, in_pieces(bytes(MOST), b"x")) == (413, BodyTooLarge.code)


async def test_nothing_is_no_file(client: TestClient[web.Request, web.Application]) -> None:
    assert await put(client, b"") == (400, MalformedBody.code)


@pytest.mark.parametrize(
    "headers",
    [{"Content_Type": "image/svg+xml"}, {"Content_Encoding": "gzip"}],
    ids=["another_type", "packed"],
)
async def test_what_the_route_does_not_read_is_refused(
    client: TestClient[web.Request, web.Application], headers: dict[str, str]
) -> None:
    assert await put(client, b"x", **headers) == (415, UnsupportedMediaType.code)


async def test_who_falls_silent_is_not_waited_for(
    client: TestClient[web.Request, web.Application],
) -> None:
    assert await put(client, in_pieces(b"a", b"b", pause=2 * SECONDS)) == (408, BodyTimeout.code)


async def test_who_never_ends_is_not_waited_for_either(
    client: TestClient[web.Request, web.Application],
) -> None:
    drops = in_pieces(*[b"a"] * 20, pause=SECONDS / 4)
    assert await put(client, drops) == (408, BodyTimeout.code)


def test_the_document_says_what_a_route_reads_and_may_answer() -> None:
    app = create_app("notifications", NotificationsSettings(), [take])
    operation = openapi_document("notifications", [take], app[CATALOGUE])["paths"]["/v1/files"][
        "put"
    ]
    assert list(operation["requestBody"]["content"]) == ["image/png"]
    assert {"400", "408", "413", "415"} <= set(operation["responses"])


def test_a_route_has_one_way_to_read_its_body() -> None:
    class Some(Body):
        """Something."""

    async def both(body: Some) -> None:
        """Take both."""

    with pytest.raises(TypeError, match="reads its body itself"):
        route("PUT", "/v1/x", access=may("public.read"), consumes=("a/b",))(both)
