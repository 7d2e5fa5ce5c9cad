"""Who asks too often hears so, with the time to come back; nobody else notices."""

import pytest
from time_machine import travel

from deploy.generate.api_documents import routes_of_all
from shared.core.ids import new_id
from shared.core.settings import ServiceSettings
from shared.http.access import Caller
from shared.http.on_behalf import FORWARDED_FOR
from shared.http.rate_counters import Counters
from shared.http.rate_limits import class_of
from shared.http.route import Route
from tests.http.conftest import Client, Serve
from tests.http.example.app import example_app
from tests.support.tokens import TokenMaker

READ = "/v1/for/person"


@pytest.fixture
async def narrow(serve: Serve, tokens: TokenMaker) -> Client:
    settings = ServiceSettings(rate_limit_read="3/minute", rate_limit_write="1/minute")
    return await serve(example_app(verifier=tokens.verifier(), settings=settings))


async def statuses(client: Client, headers: dict[str, str], times: int = 5) -> list[int]:
    found = []
    for _ in range(times):
        async with client.get(READ, headers=headers) as answer:
            found.append(answer.status)
    return found


async def test_the_fourth_of_three_is_refused_with_the_time_to_come_back(
    narrow: Client, tokens: TokenMaker
) -> None:
    headers = TokenMaker.header(tokens.person())
    assert await statuses(narrow, headers, 3) == [200, 200, 200]
    async with narrow.get(READ, headers=headers) as answer:
        problem = await answer.json()
        assert answer.status == 429
        assert 1 <= int(answer.headers["Retry-After"]) <= 60
        assert problem["code"] == "too_many_requests"
        assert problem["retry_after_seconds"] == int(answer.headers["Retry-After"])


async def test_each_account_is_counted_for_itself(narrow: Client, tokens: TokenMaker) -> None:
    busy, other = (TokenMaker.header(tokens.person()) for _ in range(2))
    assert await statuses(narrow, busy) == [200, 200, 200, 429, 429]
    assert await statuses(narrow, other, 3) == [200, 200, 200]


async def test_a_new_token_of_the_same_account_is_the_same_caller(
    narrow: Client, tokens: TokenMaker
) -> None:
    account = new_id()
    assert await statuses(narrow, TokenMaker.header(tokens.person(account)), 3) == [200] * 3
    assert await statuses(narrow, TokenMaker.header(tokens.person(account)), 1) == [429]


async def test_an_api_key_uses_up_nothing_of_its_makers(narrow: Client, tokens: TokenMaker) -> None:
    maker = new_id()
    program = TokenMaker.header(tokens.person(maker, scopes=["account.own"]))
    assert await statuses(narrow, program) == [200, 200, 200, 429, 429]
    assert await statuses(narrow, TokenMaker.header(tokens.person(maker)), 3) == [200] * 3


async def test_reading_does_not_use_up_writing(narrow: Client, tokens: TokenMaker) -> None:
    headers = TokenMaker.header(tokens.person())
    await statuses(narrow, headers)
    async with narrow.post("/v1/previews", json={}) as answer:
        assert answer.status != 429


async def test_our_own_services_have_no_limit(narrow: Client, tokens: TokenMaker) -> None:
    headers = TokenMaker.header(tokens.service("accounts"))
    for _ in range(6):
        async with narrow.get("/v1/for/accounts", headers=headers) as answer:
            assert answer.status == 204


async def test_strangers_are_told_apart_by_address_as_our_proxy_says_it(narrow: Client) -> None:
    async def ask(address: str) -> int:
        async with narrow.get("/v1/echoes", headers={FORWARDED_FOR: address}) as answer:
            return answer.status

    assert [await ask("8.8.8.8") for _ in range(4)] == [200, 200, 200, 429]
    assert await ask("9.9.9.9") == 200


async def test_a_stranger_does_not_escape_by_naming_another_address(
    serve: Serve, tokens: TokenMaker
) -> None:
    settings = ServiceSettings(rate_limit_read="3/minute", trusted_proxies="192.0.2.0/24")
    client = await serve(example_app(verifier=tokens.verifier(), settings=settings))
    found = []
    for number in range(4):
        headers = {FORWARDED_FOR: f"8.8.8.{number}"}
        async with client.get("/v1/echoes", headers=headers) as answer:
            found.append(answer.status)
    assert found == [200, 200, 200, 429]


@pytest.mark.parametrize(
    ("method", "permission", "rate_class"),
    [
        ("POST", "sign_in", "sign_in"),
        ("POST", "order.look_up", "sign_in"),
        ("GET", "public.read", "read"),
        ("DELETE", "order.own", "write"),
    ],
)
def test_a_route_has_a_class(method: str, permission: str, rate_class: str) -> None:
    assert class_of(method, permission) == rate_class


def test_a_counter_begins_anew_when_its_window_is_over() -> None:
    counters = Counters()
    with travel("2026-09-11 10:00 +0800", tick=False) as clock:
        assert [counters.incr("key", 60) for _ in range(3)] == [1, 2, 3]
        clock.shift(61)
        assert counters.get("key") == 0
        assert counters.incr("key", 60) == 1


def test_the_counter_that_was_longest_unused_gives_way() -> None:
    counters = Counters(most=2)
    counters.incr("a", 60)
    counters.incr("b", 60)
    counters.incr("a", 60)
    counters.incr("c", 60)
    assert (counters.get("a"), counters.get("b"), counters.get("c")) == (2, 0, 1)


async def test_tokens_that_are_not_good_are_counted_by_address(narrow: Client) -> None:
    async def ask(address: str) -> int:
        headers = {FORWARDED_FOR: address, **TokenMaker.header("nonsense")}
        async with narrow.get(READ, headers=headers) as answer:
            return answer.status

    assert [await ask("8.8.8.8") for _ in range(5)] == [401, 401, 401, 429, 429]
    assert await ask("9.9.9.9") == 401


def test_whatever_takes_files_or_makes_them_is_heavy() -> None:
    light = [
        f"{route.method} {route.path}"
        for _, routes in routes_of_all()
        for route in routes
        if (route.consumes or route.produces in {"application/zip", "text/csv"})
        and route.rate_class != "heavy"
    ]
    assert not light


def test_whoever_tries_secrets_is_known_by_their_address_alone() -> None:
    # A token could be had for every free account, so these routes don't even read one.
    tried = [route for _, routes in routes_of_all() for route in routes if is_tried(route)]
    assert len(tried) >= 8
    assert [route.path for route in tried if reads_tokens(route)] == []


def is_tried(route: Route) -> bool:
    return route.rate_class == "sign_in"


def reads_tokens(route: Route) -> bool:
    return route.access.needs_token or Caller in route.signature.inputs
