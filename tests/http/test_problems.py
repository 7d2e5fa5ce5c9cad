"""Problems: one form for all errors, in the caller's language, with nothing to hide in them."""

from typing import Any

import pytest
import structlog

from tests.http.conftest import Client

ENGLISH = {"Accept-Language": "en"}


async def test_an_unknown_path_is_a_problem_in_chinese(client: Client) -> None:
    async with client.get("/v1/teapots") as answer:
        assert answer.status == 404
        assert answer.content_type == "application/problem+json"
        assert answer.headers["Content-Language"] == "zh"
        problem = await answer.json()
    assert problem == {
        "type": "urn:xiangyou:problem:not_found",
        "title": "没有找到",
        "status": 404,
        "detail": "您要找的内容不存在，或不对您开放。",
        "code": "not_found",
        "instance": "/v1/teapots",
        "request_id": answer.headers["X-Request-Id"],
    }


async def test_a_problem_is_in_english_for_those_who_prefer_it(client: Client) -> None:
    headers = {"Accept-Language": "en-GB,en;q=0.9,zh;q=0.1"}
    async with client.get("/v1/teapots", headers=headers) as answer:
        assert (await answer.json())["title"] == "Not found"


@pytest.mark.parametrize("method", ["PUT", "OPTIONS", "TRACE", "PROPFIND"])
async def test_a_method_that_a_path_does_not_take_is_refused_with_those_it_takes(
    client: Client, method: str
) -> None:
    async with client.request(method, "/v1/echoes") as answer:
        assert answer.status == 405
        assert answer.headers["Allow"] == "GET,HEAD"
        assert (await answer.json())["code"] == "method_not_allowed"


async def test_an_unforeseen_failure_tells_nothing_and_is_logged_once(client: Client) -> None:
    with structlog.testing.capture_logs() as logs:
        async with client.get("/v1/explosions", headers=ENGLISH) as answer:
            text = await answer.text()
    assert answer.status == 500
    assert "123456" not in text
    assert '"code":"internal_error"' in text
    failures = [line for line in logs if line["log_level"] == "error"]
    assert [line["event"] for line in failures] == ["http.failed"]
    assert failures[0]["exc_info"]


async def test_a_head_request_gets_the_headers_of_a_get(client: Client) -> None:
    async with client.head("/v1/echoes?litres=3") as answer:
        assert answer.status == 200
        assert int(answer.headers["Content-Length"]) > 0
        assert await answer.read() == b""


async def test_answers_carry_careful_headers(client: Client) -> None:
    for path in ("/v1/echoes", "/v1/teapots"):
        async with client.get(path) as answer:
            headers = answer.headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Cache-Control"] == "no-store"
        assert headers["Content-Security-Policy"].startswith("default-src 'none'")
        assert "aiohttp" not in headers["Server"].lower()


async def test_a_callers_request_id_is_kept_where_it_is_harmless(client: Client) -> None:
    async with client.get("/v1/echoes", headers={"X-Request-Id": "abc-12345"}) as answer:
        assert answer.headers["X-Request-Id"] == "abc-12345"


@pytest.mark.parametrize(
    "strange", ["short", "x" * 65, "with space", "<script>aaa", "日本語日本語日本語"]
)
async def test_a_strange_request_id_is_replaced(client: Client, strange: str) -> None:
    headers: Any = {"X-Request-Id": strange}
    async with client.get("/v1/echoes", headers=headers) as answer:
        assert answer.headers["X-Request-Id"] != strange
        assert len(answer.headers["X-Request-Id"]) == 32


async def test_the_log_has_one_line_for_a_request_without_ids_or_values(client: Client) -> None:
    with structlog.testing.capture_logs() as logs:
        await client.get("/v1/kettles/0190c0de-0000-7000-8000-000000000001?secret=1")
        await client.get("/healthz")
        await client.get("/metrics")
    # The application asks for revocations by itself, of an accounts that is not there.
    (line,) = [one for one in logs if not one["event"].startswith(("client.", "revocations."))]
    assert line["event"] == "http.request"
    assert (line["method"], line["route"], line["status"]) == (
        "GET",
        "/v1/kettles/{kettle_id}",
        422,
    )
    assert "secret" not in str(line)
