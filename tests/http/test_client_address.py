"""Whose request it is: the nearest machine that is not ours says so."""

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request
from multidict import CIMultiDict
from pydantic import ValidationError

from shared.core.settings import ServiceSettings
from shared.http.client_address import client_address, client_network
from shared.http.keys import SETTINGS
from shared.http.on_behalf import FORWARDED_FOR


@pytest.mark.parametrize(
    ("remote", "said", "address"),
    [
        ("198.51.99.7", [], "198.51.99.7"),
        ("198.51.99.7", ["8.8.8.8"], "198.51.99.7"),
        ("10.0.0.2", ["8.8.8.8"], "8.8.8.8"),
        ("10.0.0.2", ["9.9.9.9, 8.8.8.8"], "8.8.8.8"),
        ("10.0.0.2", ["9.9.9.9", "8.8.8.8, 172.18.0.4"], "8.8.8.8"),
        ("10.0.0.2", ["nonsense"], "10.0.0.2"),
        ("10.0.0.2", ["8.8.8.8, nonsense"], "10.0.0.2"),
        ("127.0.0.1", ["192.168.1.9"], "192.168.1.9"),
        ("::ffff:8.8.8.8", [], "8.8.8.8"),
        ("2606:4700::1%eth0", [], "2606:4700::1"),
        (None, ["8.8.8.8"], ""),
    ],
)
def test_only_our_own_machines_are_believed(
    remote: str | None, said: list[str], address: str
) -> None:
    headers = CIMultiDict((FORWARDED_FOR, value) for value in said)
    assert client_address(asking(headers, remote)) == address


def asking(headers: CIMultiDict[str], remote: str | None, **settings: str) -> web.Request:
    app = web.Application()
    app[SETTINGS] = ServiceSettings(**settings)  # type: ignore[arg-type]
    request: web.Request = make_mocked_request("GET", "/", headers, app=app)
    return request.clone(remote=remote or "")


def test_which_machines_are_ours_is_a_setting() -> None:
    headers = CIMultiDict({FORWARDED_FOR: "8.8.8.8"})
    only_loopback = {"trusted_proxies": "127.0.0.0/8"}
    assert client_address(asking(headers, "127.0.0.1", **only_loopback)) == "8.8.8.8"
    assert client_address(asking(headers, "10.0.0.2", **only_loopback)) == "10.0.0.2"
    with pytest.raises(ValidationError):
        ServiceSettings(trusted_proxies="everybody")


@pytest.mark.parametrize(
    ("remote", "network"),
    [("8.8.8.8", "8.8.8.8"), ("2606:4700:0:1:2:3:4:5", "2606:4700:0:1::/64"), ("", "")],
)
def test_an_ipv6_network_is_one_caller(remote: str, network: str) -> None:
    assert client_network(make_mocked_request("GET", "/").clone(remote=remote)) == network


def test_more_networks_are_one_caller_where_a_home_has_many() -> None:
    for remote, network in (("8.8.8.8", "8.8.8.8"), ("2606:4700:0:ffff::5", "2606:4700::/48")):
        request = make_mocked_request("GET", "/").clone(remote=remote)
        assert client_network(request, 48) == network


def test_production_names_its_own_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENVIRONMENT", "production")
    monkeypatch.setenv("SERVICE_SECRET", "s" * 32)
    with pytest.raises(ValidationError, match="TRUSTED_PROXIES"):
        ServiceSettings()
    everything_private = ServiceSettings.model_fields["trusted_proxies"].default
    monkeypatch.setenv("TRUSTED_PROXIES", everything_private)
    with pytest.raises(ValidationError, match="TRUSTED_PROXIES"):
        ServiceSettings()
    monkeypatch.setenv("TRUSTED_PROXIES", "172.29.81.0/24")
    assert ServiceSettings().trusted_proxies == "172.29.81.0/24"
    monkeypatch.setenv("SERVICE_SECRET", "s" * 31)
    with pytest.raises(ValidationError, match="shorter than 32 characters: SERVICE_SECRET"):
        ServiceSettings()
