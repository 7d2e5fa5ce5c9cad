"""Access: each rule lets in whom it names and nobody else."""

from uuid import UUID

import pytest

from shared.http.access import OFFICE, SERVICE, Caller, either
from tests.http.conftest import Client
from tests.support.tokens import TokenMaker

ACCOUNT = UUID("0190c0de-0000-7000-8000-000000000001")
ORGANISATION = UUID("0190c0de-0000-7000-8000-000000000002")

ALLOWED = {
    "/v1/whoami": {"nobody", "visitor", "operator", "office", "statistics", "web"},
    "/v1/for/person": {"visitor", "operator", "office"},
    "/v1/for/office": {"office"},
    "/v1/for/operator": {"operator"},
    "/v1/for/statistics": {"statistics"},
    "/v1/for/web-or-office": {"web", "office"},
}


def token_of(tokens: TokenMaker, who: str) -> str | None:
    match who:
        case "nobody":
            return None
        case "visitor":
            return tokens.person(ACCOUNT)
        case "operator":
            return tokens.person(ACCOUNT, organisations=[ORGANISATION])
        case "office":
            return tokens.person(ACCOUNT, roles=("office",))
        case service:
            return tokens.service(service)


@pytest.mark.parametrize("path", ALLOWED)
@pytest.mark.parametrize("who", ["nobody", "visitor", "operator", "office", "statistics", "web"])
async def test_a_route_lets_in_whom_its_rule_names(
    client: Client, tokens: TokenMaker, path: str, who: str
) -> None:
    token = token_of(tokens, who)
    async with client.get(path, headers=TokenMaker.header(token) if token else {}) as answer:
        status = answer.status
        challenge = answer.headers.get("WWW-Authenticate")
    if who in ALLOWED[path]:
        assert status in {200, 204}
    else:
        assert status == (401 if who == "nobody" else 403)
        assert challenge == ("Bearer" if who == "nobody" else None)


async def test_a_stranger_learns_nothing_of_what_else_is_wrong(client: Client) -> None:
    async with client.post("/v1/loans", data=b"{", headers={"Content-Type": "x"}) as answer:
        assert answer.status == 401


async def test_a_bad_token_is_refused_on_a_public_route_that_asks_who_is_there(
    client: Client,
) -> None:
    async with client.get("/v1/whoami", headers=TokenMaker.header("nonsense")) as answer:
        assert answer.status == 401
    async with client.get("/v1/echoes", headers=TokenMaker.header("nonsense")) as answer:
        assert answer.status == 200


@pytest.mark.parametrize("header", ["Basic abc", "Bearer", "Bearer ", "", "Bearer a b"])
async def test_what_is_no_bearer_token_is_refused(client: Client, header: str) -> None:
    async with client.get("/v1/for/person", headers={"Authorization": header}) as answer:
        assert answer.status == 401


def test_a_service_with_the_role_of_the_office_is_not_the_office() -> None:
    impostor = Caller(service="statistics", roles=frozenset({"office"}))
    assert not OFFICE.allows(impostor)
    assert not either(OFFICE, SERVICE("web")).allows(impostor)


def test_a_rule_for_no_service_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="names of the services"):
        SERVICE()


async def test_the_caller_has_an_account_or_a_service_as_key(
    client: Client, tokens: TokenMaker
) -> None:
    for token, key in (
        (tokens.person(ACCOUNT), f"account:{ACCOUNT}"),
        (tokens.service("web"), "service:web"),
    ):
        async with client.get("/v1/whoami", headers=TokenMaker.header(token)) as answer:
            assert await answer.json() == {"name": key}
