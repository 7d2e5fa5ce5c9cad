"""What everybody may read is kept as bytes for a second; what is somebody's own never is."""

import asyncio
import re
import time
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from types import SimpleNamespace
from typing import Any, Final

import pytest
import structlog
from aiohttp import ClientResponse, web

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

# What differs from answer to answer.
OWN: Final = frozenset({"date", "x-request-id", "connection"})


class NumberQuery(Query):
    number: int = 1


class Counted(Reply):
    number: int
    own: bool
    made: int


class Text(Reply):
    text: str


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


async def test_an_answer_that_ends_soon_is_given_while_it_is_made_anew(
    numbers: Client, maker: Maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 100.0
    monkeypatch.setattr(kept_answers, "time", SimpleNamespace(monotonic=lambda: now))
    await ask(numbers)
    now += 0.8
    maker.pause = 0.2
    answers = [(await ask(numbers))[1]["made"] for _ in range(3)]
    assert (answers, maker.made) == ([1, 1, 1], 2)
    # Nobody is given it after its end: they wait for the one that is being made.
    now += 0.2
    assert (await ask(numbers))[1]["made"] == 2
    # That one was asked for when it was begun, and ends a second later.
    now += 0.79
    maker.pause = 0.0
    assert (await ask(numbers))[1]["made"] == 2
    now += 0.01
    assert (await ask(numbers))[1]["made"] > 2


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


async def test_what_is_written_once_is_what_would_be_made_for_each(numbers: Client) -> None:
    def told(answer: ClientResponse) -> dict[str, str]:
        found = {name.lower(): value for name, value in answer.headers.items()}
        return {name: value for name, value in found.items() if name not in OWN}

    async with numbers.get("/v1/numbers") as written:
        body = await written.read()
        assert all(len(written.headers.getall(name)) == 1 for name in written.headers)
        date = parsedate_to_datetime(written.headers["Date"])
        assert abs(datetime.now(UTC) - date) < timedelta(minutes=1)
        assert len(written.headers["X-Request-Id"]) == 32
    async with numbers.get("/v1/numbers", headers={"Connection": "close"}) as made:
        assert (await made.read(), told(made)) == (body, told(written))
        assert made.headers["Connection"] == "close"
    async with numbers.head("/v1/numbers") as head:
        assert (await head.read(), told(head)) == (b"", told(written))


async def test_one_connection_takes_written_and_other_answers_in_turn(numbers: Client) -> None:
    host, port = numbers.host, numbers.port
    reader, writer = await asyncio.open_connection(host, port)
    asked = (
        b"GET /v1/numbers HTTP/1.1\r\nHost: a\r\n\r\n"
        b"GET /v1/numbers?number=0 HTTP/1.1\r\nHost: a\r\n\r\n"
        b"GET /v1/numbers HTTP/1.1\r\nHost: a\r\n\r\n"
        b"GET /v1/numbers HTTP/1.0\r\n\r\n"
    )
    writer.write(asked)
    async with asyncio.timeout(5):
        sent = (await reader.read()).decode()
    writer.close()
    assert re.findall(r"HTTP/1\.[01] \d+", sent) == [
        "HTTP/1.1 200", "HTTP/1.1 404", "HTTP/1.1 200", "HTTP/1.0 200",
    ]  # fmt: skip
    assert sent.count('{"number":1,"own":false,"made":1}') == 3


async def test_whoever_asks_and_does_not_read_is_sent_no_more_for_now(
    serve: Serve, tokens: TokenMaker
) -> None:
    @route("GET", "/v1/texts", access=may("public.read"), kept=True)
    async def show_text(_request: web.Request, query: NumberQuery) -> Text:
        """Show a long text."""
        return Text(text="x" * 50_000 * query.number)

    app = create_app(
        "example",
        ServiceSettings(),
        [show_text],
        catalogue=CATALOGUE,
        verifier=tokens.verifier(),
    )
    client = await serve(app)
    reader, writer = await asyncio.open_connection(client.host, client.port)
    with structlog.testing.capture_logs() as logs:
        writer.write(b"GET /v1/texts HTTP/1.1\r\nHost: a\r\n\r\n" * 600)
        seen = -1
        while len(logs) > seen or not logs:
            seen = len(logs)
            await asyncio.sleep(0.2)
        assert len(logs) < 400
        for _ in range(600):
            head = await reader.readuntil(b"\r\n\r\n")
            length = re.search(rb"Content-Length: (\d+)", head)
            assert length is not None
            await reader.readexactly(int(length[1]))
    writer.close()


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
