"""Access: each rule lets in whom it names and nobody else."""

from uuid import UUID

import pytest

from shared.core.permissions import ANYONE, PERMISSIONS
from shared.http.access import Caller, Grant, may
from tests.http.conftest import Client
from tests.support.tokens import TokenMaker

ACCOUNT = UUID("0190c0de-0000-7000-8000-000000000001")
ORGANISATION = UUID("0190c0de-0000-7000-8000-000000000002")
VENUE = UUID("0190c0de-0000-7000-8000-000000000003")
OTHER = UUID("0190c0de-0000-7000-8000-000000000004")

ALLOWED = {
    "/v1/whoami": {"nobody", "visitor", "operator", "office", "accounts", "web"},
    "/v1/for/person": {"visitor", "operator", "office"},
    "/v1/for/office": {"office"},
    "/v1/for/operator": {"operator"},
    "/v1/for/accounts": {"accounts"},
    "/v1/for/operator-or-office": {"operator", "office"},
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
            return tokens.person(ACCOUNT, roles=("office_director",))
        case service:
            return tokens.service(service)


@pytest.mark.parametrize("path", ALLOWED)
@pytest.mark.parametrize("who", ["nobody", "visitor", "operator", "office", "accounts", "web"])
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
    impostor = Caller(service="statistics", roles=frozenset({"office_director"}))
    assert not may("statistics.read").allows(impostor)
    assert not impostor.may("venue.decide")


def test_a_permission_that_is_not_in_the_table_can_not_be_named() -> None:
    with pytest.raises(KeyError):
        may("venue.burn")
    with pytest.raises(KeyError):
        Caller(account_id=ACCOUNT).may("venue.burn")


def test_a_role_that_nobody_knows_may_nothing() -> None:
    stranger = Caller(account_id=ACCOUNT, roles=frozenset({"emperor"}))
    assert [name for name in PERMISSIONS if stranger.may(name)] == [
        name for name, permission in PERMISSIONS.items() if ANYONE in permission.roles
    ]


def test_a_role_holds_in_its_own_organisation_only() -> None:
    manager = Caller(account_id=ACCOUNT, grants=(Grant(ORGANISATION, "manager"),))
    assert manager.may("venue.change", ORGANISATION)
    assert manager.may("venue.change", ORGANISATION, VENUE)
    assert not manager.may("venue.change", OTHER, VENUE)
    assert not manager.may("member.manage", ORGANISATION)


def test_a_role_for_one_venue_holds_for_no_other_and_not_for_the_organisation() -> None:
    gate = Caller(account_id=ACCOUNT, grants=(Grant(ORGANISATION, "gate", frozenset({VENUE})),))
    assert gate.may("gate.check_in")
    assert gate.may("gate.check_in", ORGANISATION, VENUE)
    assert not gate.may("gate.check_in", ORGANISATION, OTHER)
    assert not gate.may("gate.check_in", ORGANISATION)
    assert not gate.may("gate.check_in", OTHER, VENUE)
    assert gate.reach("gate.check_in") == ([ORGANISATION], [VENUE])
    assert gate.reach("venue.change") == ([], [])


def test_a_key_may_what_its_scopes_name_and_its_maker_may() -> None:
    key = Caller(
        account_id=ACCOUNT,
        roles=frozenset({"visitor"}),
        grants=(Grant(ORGANISATION, "gate"),),
        scopes=frozenset({"gate.check_in", "venue.change"}),
    )
    assert key.may("gate.check_in", ORGANISATION)
    assert key.may("public.read")
    assert not key.may("venue.change", ORGANISATION)
    assert not key.may("arrivals.read", ORGANISATION)
    assert not key.may("account.own")
    assert key.reach("arrivals.read") == ([], [])


async def test_the_caller_has_an_account_or_a_service_as_key(
    client: Client, tokens: TokenMaker
) -> None:
    for token, key in (
        (tokens.person(ACCOUNT), f"account:{ACCOUNT}"),
        (tokens.service("web"), "service:web"),
    ):
        async with client.get("/v1/whoami", headers=TokenMaker.header(token)) as answer:
            assert await answer.json() == {"name": key}
