"""The client of a service: answers as models, refusals and absence as exceptions."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import UTC, date, datetime, timedelta
from time import monotonic
from typing import Any
from uuid import UUID

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from pydantic import SecretStr

from shared.core import tracing
from shared.core.errors import Unavailable
from shared.http.client import ProblemAnswer, ServiceClient
from shared.http.connections import HttpConnections
from shared.http.query_pairs import query_pairs
from shared.http.service_tokens import ServiceTokens
from tests.http.example.app import example_app
from tests.http.example.routes import Echo, Kettle, Loan, Whoami
from tests.support.tokens import TokenMaker

KETTLE = UUID("0190c0de-0000-7000-8000-000000000001")


@pytest.fixture
async def http() -> AsyncIterator[HttpConnections]:
    connections = HttpConnections()
    yield connections
    await connections.close()


@pytest.fixture
async def example(tokens: TokenMaker) -> AsyncIterator[str]:
    async with TestServer(example_app(verifier=tokens.verifier())) as server:
        yield str(server.make_url(""))


@pytest.fixture
def service(example: str, http: HttpConnections) -> ServiceClient:
    return ServiceClient(example, http)


async def test_an_answer_is_a_model(service: ServiceClient) -> None:
    kettle = await service.get(f"/v1/kettles/{KETTLE}", Kettle)
    assert kettle == Kettle(kettle_id=KETTLE)


async def test_parameters_are_written_in_their_one_spelling(service: ServiceClient) -> None:
    echo = await service.get(
        "/v1/echoes",
        Echo,
        params={"hot": True, "day": date(2026, 10, 1), "q": "茶&水+", "colour": ["red", "blue"]},
    )
    assert echo.query == ('{"day":"2026-10-01","hot":true,"colour":["red","blue"],"q":"茶&水+"}')


async def test_a_body_is_sent_as_json(service: ServiceClient, loan: dict[str, Any]) -> None:
    assert await service.post("/v1/previews", Loan, json=loan) == Loan(
        name="little one", day=date(2026, 10, 1), cups=1
    )


async def test_a_refusal_is_a_problem_with_its_code(service: ServiceClient) -> None:
    with pytest.raises(ProblemAnswer) as refusal:
        await service.get("/v1/echoes", Echo, params={"litres": 99}, language="en")
    problem = refusal.value
    assert (problem.status, problem.code) == (422, "invalid_request")
    assert problem.detail == "Please check the marked fields and try again."
    errors = problem.params["errors"]
    assert isinstance(errors, list)
    assert errors[0] == {
        "in": "query",
        "field": "/litres",
        "code": "too_large",
        "limit": 20,
        "message": "This must be 20 or less.",
    }


async def test_a_token_is_sent_where_one_is_given(
    service: ServiceClient, tokens: TokenMaker
) -> None:
    assert (await service.get("/v1/whoami", Whoami)).name == "nobody"
    found = await service.get("/v1/whoami", Whoami, token=tokens.person(KETTLE))
    assert found.name == f"account:{KETTLE}"


async def test_a_version_is_sent_as_a_condition(service: ServiceClient) -> None:
    path = f"/v1/kettles/{KETTLE}"
    assert await service.patch(path, Kettle, if_match=7) == Kettle(kettle_id=KETTLE)
    with pytest.raises(ProblemAnswer) as refusal:
        await service.patch(path, Kettle, if_match=6)
    assert refusal.value.code == "precondition_failed"


async def test_a_service_that_fails_or_is_away_is_unavailable(
    service: ServiceClient, http: HttpConnections, find_port: Callable[[], int]
) -> None:
    with pytest.raises(Unavailable):
        await service.get("/v1/explosions", Echo)
    with pytest.raises(Unavailable):
        await ServiceClient(f"http://127.0.0.1:{find_port()}", http).get("/", Echo)


async def test_a_service_that_does_not_answer_in_time_is_unavailable(
    http: HttpConnections,
) -> None:
    async def dawdle(_request: web.Request) -> web.Response:
        await asyncio.sleep(1)
        return web.Response()

    app = web.Application()
    app.router.add_get("/", dawdle)
    async with TestServer(app) as server:
        slow = ServiceClient(str(server.make_url("")), http)
        with pytest.raises(Unavailable):
            await slow.get("/", Echo, seconds=0.05)


async def test_waiting_for_ones_own_token_counts_as_waiting(
    example: str, http: HttpConnections
) -> None:
    class Slow:
        async def get(self) -> str:
            await asyncio.sleep(1)
            return "token"

    begun = monotonic()
    with pytest.raises(Unavailable):
        await ServiceClient(example, http, Slow()).get("/v1/echoes", Echo, seconds=0.05)
    assert monotonic() - begun < 0.8


async def test_the_trace_goes_on_in_the_service_that_is_asked(http: HttpConnections) -> None:
    seen: list[str] = []

    async def look(request: web.Request) -> web.Response:
        seen.append(request.headers["traceparent"])
        return web.json_response({"query": ""})

    app = web.Application()
    app.router.add_get("/", look)
    async with TestServer(app) as server:
        context = tracing.start()
        await ServiceClient(str(server.make_url("")), http).get("/", Echo)
    assert seen[0].split("-")[1] == context.trace_id
    assert seen[0].split("-")[2] != context.span_id


class FixedClock:
    def __init__(self) -> None:
        self.instant = datetime(2026, 10, 1, tzinfo=UTC)

    def now(self) -> datetime:
        return self.instant


async def test_a_services_own_token_is_asked_for_once_and_renewed_in_time(
    http: HttpConnections,
) -> None:
    clock = FixedClock()
    bodies: list[Any] = []

    async def issue(request: web.Request) -> web.Response:
        bodies.append(await request.json())
        expires = clock.now() + timedelta(minutes=10)
        token = {"access_token": f"token {len(bodies)}", "expires_at": expires.isoformat()}
        return web.json_response(token, status=201)

    app = web.Application()
    app.router.add_post("/v1/service-tokens", issue)
    async with TestServer(app) as server:
        url = str(server.make_url(""))
        tokens = ServiceTokens(url, "bookings", SecretStr("secret"), http, clock)
        assert set(await asyncio.gather(*(tokens.get() for _ in range(5)))) == {"token 1"}
        clock.instant += timedelta(minutes=9, seconds=1)
        assert await tokens.get() == "token 2"
    assert bodies == [{"service": "bookings", "secret": "secret"}] * 2


def test_what_is_none_is_left_out_of_a_query() -> None:
    assert query_pairs({"a": None, "b": [None, 1], "c": False, "d": KETTLE}) == [
        ("b", "1"),
        ("c", "false"),
        ("d", str(KETTLE)),
    ]
