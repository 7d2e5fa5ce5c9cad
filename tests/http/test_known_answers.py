"""What another service says to be unchanged is not read again, and never taken for granted."""

from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from pydantic import BaseModel

from shared.core.errors import Unavailable
from shared.http.client import HttpConnections, ProblemAnswer, ServiceClient
from shared.http.known_answers import KnownAnswers


class Count(BaseModel, frozen=True):
    number: str
    changes: int


class Counting:
    """A service that answers by tag; it says how often it had to answer whole."""

    def __init__(self) -> None:
        self.changes = 0
        self.whole = 0
        self.status = 200
        self.has_tags = True

    async def handle(self, request: web.Request) -> web.Response:
        tag = f'"{request.query.get("number")}-{self.changes}"'
        headers = {"ETag": tag} if self.has_tags else {}
        if self.status != 200:
            return web.json_response({"code": "away"}, status=self.status)
        if request.headers.get("If-None-Match") == tag:
            return web.Response(status=304, headers=headers)
        self.whole += 1
        answer = {"number": request.query.get("number"), "changes": self.changes}
        return web.json_response(answer, headers=headers)


@pytest.fixture
def counting() -> Counting:
    return Counting()


@pytest.fixture
async def counts(counting: Counting) -> AsyncIterator[KnownAnswers[Count]]:
    app = web.Application()
    app.router.add_get("/v1/count", counting.handle)
    http = HttpConnections()
    async with TestServer(app) as server:
        client = ServiceClient(str(server.make_url("")), http)
        yield KnownAnswers(client, "/v1/count", Count, most=2)
        await http.close()


async def test_what_has_not_changed_is_read_once(
    counts: KnownAnswers[Count], counting: Counting
) -> None:
    first = await counts.get({"number": 1})
    assert await counts.get({"number": 1}) is first
    assert (await counts.get({"number": 2})).number == "2"
    assert counting.whole == 2


async def test_a_change_is_seen_at_once(counts: KnownAnswers[Count], counting: Counting) -> None:
    for changes in range(3):
        counting.changes = changes
        assert (await counts.get({"number": 1})).changes == changes


async def test_nothing_is_shown_that_the_service_does_not_stand_by(
    counts: KnownAnswers[Count], counting: Counting
) -> None:
    await counts.get({"number": 1})
    counting.status = 404
    with pytest.raises(ProblemAnswer):
        await counts.get({"number": 1})
    counting.status = 503
    with pytest.raises(Unavailable):
        await counts.get({"number": 1})


async def test_what_has_no_tag_is_read_each_time(
    counts: KnownAnswers[Count], counting: Counting
) -> None:
    counting.has_tags = False
    for _ in range(2):
        await counts.get({"number": 1})
    assert counting.whole == 2


async def test_what_was_longest_not_asked_for_gives_way(
    counts: KnownAnswers[Count], counting: Counting
) -> None:
    for number in (1, 2, 1, 3, 1, 2):
        await counts.get({"number": number})
    assert counting.whole == 4
