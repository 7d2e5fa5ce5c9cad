"""What everybody may read is kept as bytes for a second; what is somebody's own never is."""

import asyncio
import time
from types import SimpleNamespace
from typing import Any

import pytest
import structlog
from aiohttp import web

from shared.core.errors import NotFound
from shared.core.settings import ServiceSettings
from shared.http import kept_answers
from shared.http.access import Caller, may
from shared.http.app import create_app
from shared.http.kept_answers import KeptAnswers, forget_kept_answers
from shared.http.models import Query, Reply
from shared.http.route import Route, route
from tests.http.conftest import Client, Serve
from tests.http.example.app import CATALOGUE
from tests.support.tokens import TokenMaker


class NumberQuery(Query):
    number: int = 1


class Counted(Reply):
    number: int
    own: bool
    made: int


class Maker:
    """A route that counts how often its handler ran, and may be slow."""

    def __init__(self) -> None:
        self.made = 0
        self.pause = 0.0

    def route(self) -> Route:
        @route("GET", "/v1/numbers", access=may("public.read"), kept=True, errors=(NotFound,))
        async def show_number(
            _request: web.Request, caller: Caller | None, query: NumberQuery
        ) -> Counted:
            """Show a number."""
            self.made += 1
            made = self.made
            await asyncio.sleep(self.pause)
            if query.number == 0:
                raise NotFound
            return Counted(number=query.number, own=caller is not None, made=made)

        return show_number


@pytest.fixture
def maker() -> Maker:
    return Maker()


@pytest.fixture
async def numbers(serve: Serve, maker: Maker, tokens: TokenMaker) -> Client:
    app = create_app(
        "example",
        ServiceSettings(),
        [maker.route()],
        catalogue=CATALOGUE,
        verifier=tokens.verifier(),
    )
    return await serve(app)


async def ask(client: Client, query: str = "", **headers: str) -> tuple[int, Any]:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    async with client.get(f"/v1/numbers{query}", headers=sent) as answer:
        return answer.status, await answer.json() if answer.status == 200 else None


async def test_a_crowd_that_asks_the_same_is_answered_by_one_run(
    numbers: Client, maker: Maker
) -> None:
    maker.pause = 0.1
    answers = await asyncio.gather(*(ask(numbers) for _ in range(20)))
    assert {answer[1]["made"] for answer in answers} == {1}
    assert maker.made == 1


async def test_two_spellings_of_one_question_have_one_answer(numbers: Client, maker: Maker) -> None:
    for query in ("", "?", "?number=1", "?number=%31"):
        assert (await ask(numbers, query))[1]["made"] == 1
    assert (await ask(numbers, "?number=2"))[1]["made"] == 2
    assert maker.made == 2


async def test_nothing_is_given_that_is_older_than_a_second(
    numbers: Client, maker: Maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 100.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    await ask(numbers)
    now += 0.9
    assert (await ask(numbers))[1]["made"] == 1
    now += 0.1
    assert (await ask(numbers))[1]["made"] == 2
    assert maker.made == 2


async def test_nobody_joins_a_question_that_was_asked_more_than_a_second_ago(
    numbers: Client, maker: Maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 100.0
    # Not `time.monotonic` itself: the event loop goes by it.
    monkeypatch.setattr(kept_answers, "time", SimpleNamespace(monotonic=lambda: now))
    maker.pause = 0.2
    slow = asyncio.create_task(ask(numbers))
    await asyncio.sleep(0.05)
    now += 0.9
    joined = asyncio.create_task(ask(numbers))
    await asyncio.sleep(0.05)
    now += 0.1
    maker.pause = 0
    assert (await ask(numbers))[1]["made"] == 2
    assert [(await one)[1]["made"] for one in (slow, joined)] == [1, 1]
    # What came late is not kept in the place of what was asked later.
    assert (await ask(numbers))[1]["made"] == 2


async def test_what_this_process_changed_is_seen_at_once(numbers: Client, maker: Maker) -> None:
    await ask(numbers)
    forget_kept_answers()
    assert (await ask(numbers))[1]["made"] == 2
    maker.pause = 0.1
    asking = asyncio.create_task(ask(numbers, "?number=5"))
    await asyncio.sleep(0.05)
    forget_kept_answers()
    maker.pause = 0
    # Of before the change: it is given to who asked before, and to nobody else.
    assert (await ask(numbers, "?number=5"))[1]["made"] == 4
    assert (await asking)[1]["made"] == 3
    assert (await ask(numbers, "?number=5"))[1]["made"] == 4


async def test_whoever_has_a_token_gets_their_own_answer(
    numbers: Client, tokens: TokenMaker
) -> None:
    await ask(numbers)
    header = TokenMaker.header(tokens.person())
    async with numbers.get("/v1/numbers", headers=header) as answer:
        assert await answer.json() == {"number": 1, "own": True, "made": 2}
        assert answer.headers["Cache-Control"] == "no-store"
    assert (await ask(numbers))[1] == {"number": 1, "own": False, "made": 1}
    assert (await ask(numbers, Authorization="Bearer nonsense"))[0] == 401


async def test_readers_ask_again_by_tag(numbers: Client) -> None:
    async with numbers.get("/v1/numbers") as answer:
        tag = answer.headers["ETag"]
        assert answer.headers["Cache-Control"] == "public, max-age=0, must-revalidate"
        assert answer.headers["Vary"] == "Authorization"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Content-Type"] == "application/json"
    async with numbers.get("/v1/numbers", headers={"If-None-Match": f"W/{tag}"}) as answer:
        assert (answer.status, answer.headers["ETag"]) == (304, tag)
        assert await answer.read() == b""
    async with numbers.head("/v1/numbers") as answer:
        assert (answer.status, await answer.read()) == (200, b"")
    assert (await ask(numbers, If_None_Match='"other"'))[0] == 200


async def test_kept_answers_are_told_apart_by_their_requests(numbers: Client) -> None:
    ids = set()
    for number in range(3):
        headers = {"X-Request-Id": f"request-{number}"}
        async with numbers.get("/v1/numbers", headers=headers) as answer:
            ids.add(answer.headers["X-Request-Id"])
            assert answer.headers.getall("Content-Security-Policy") == [
                "default-src 'none'; frame-ancestors 'none'"
            ]
            assert answer.headers.getall("ETag") == [answer.headers["ETag"]]
    assert ids == {"request-0", "request-1", "request-2"}


async def test_kept_answers_are_counted_like_any(
    serve: Serve, maker: Maker, tokens: TokenMaker
) -> None:
    settings = ServiceSettings(rate_limit_read="3/minute")
    app = create_app(
        "example", settings, [maker.route()], catalogue=CATALOGUE, verifier=tokens.verifier()
    )
    client = await serve(app)
    with structlog.testing.capture_logs() as logs:
        assert [(await ask(client))[0] for _ in range(5)] == [200, 200, 200, 429, 429]
    lines = [(one["route"], one["status"]) for one in logs if one["event"] == "http.request"]
    assert lines == [("/v1/numbers", status) for status in (200, 200, 200, 429, 429)]
    assert maker.made == 1


async def test_errors_are_not_kept(numbers: Client, maker: Maker) -> None:
    assert [(await ask(numbers, "?number=0"))[0] for _ in range(2)] == [404, 404]
    assert maker.made == 2
    assert (await ask(numbers, "?colour=red"))[0] == 422
    assert maker.made == 2


async def test_whoever_leaves_takes_nobodys_answer_along(numbers: Client, maker: Maker) -> None:
    maker.pause = 0.1
    first = asyncio.create_task(ask(numbers))
    await asyncio.sleep(0.02)
    second = asyncio.create_task(ask(numbers))
    await asyncio.sleep(0.02)
    first.cancel()
    assert (await second)[1]["made"] == 1
    assert maker.made == 1


async def test_memory_has_an_end() -> None:
    answers = KeptAnswers(most_bytes=1000)

    async def make() -> bytes:
        return b"x" * 400

    for number in range(5):
        await answers.answer(f"n={number}", str(number), make)
    kept = [number for number in range(5) if answers.recognised(f"n={number}")]
    assert kept == [3, 4]


async def test_what_depends_on_more_than_the_query_is_not_kept() -> None:
    async def versioned(request: web.Request, caller: Caller) -> Counted:
        """Show what is somebody's own."""
        return Counted(number=len(request.path), own=caller is not None, made=0)

    with pytest.raises(TypeError, match="kept"):
        route("GET", "/v1/numbers", access=may("account.own"), kept=True)(versioned)
