"""The example service, started for each test that asks for it."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any, TypeAlias

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from tests.http.example.app import example_app
from tests.support.tokens import TokenMaker

Client: TypeAlias = TestClient[web.Request, web.Application]
Serve: TypeAlias = Callable[[web.Application], Awaitable[Client]]


@pytest.fixture
def tokens() -> TokenMaker:
    return TokenMaker()


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    async with AsyncExitStack() as stack:

        async def start(app: web.Application) -> Client:
            return await stack.enter_async_context(TestClient(TestServer(app)))

        yield start


@pytest.fixture
async def client(serve: Serve, tokens: TokenMaker) -> Client:
    return await serve(example_app(verifier=tokens.verifier()))


@pytest.fixture
def loan() -> dict[str, Any]:
    return {
        "name": "little one",
        "day": "2026-10-01",
        "cups": [{"colour": "red", "millilitres": 200}],
    }
