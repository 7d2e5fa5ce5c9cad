import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from deploy.local.environment import SERVICES, StackEnvironment
from deploy.local.keys import Keys
from deploy.local.options import Options
from services.accounts.settings import AccountsSettings
from services.bookings.settings import BookingsSettings
from services.notifications.settings import NotificationsSettings
from services.statistics.settings import StatisticsSettings
from services.venues.settings import VenuesSettings
from services.web.settings import WebSettings
from shared.core.settings import ServiceSettings

LoadSettings = Callable[[], ServiceSettings]
SETTINGS: dict[str, LoadSettings] = {
    "accounts": AccountsSettings,
    "venues": VenuesSettings,
    "bookings": BookingsSettings,
    "notifications": NotificationsSettings,
    "statistics": StatisticsSettings,
    "web": WebSettings,
}


@pytest.fixture
def environment(tmp_path: Path) -> StackEnvironment:
    options = Options(tmp_path, port_offset=100, broker="apache")
    return StackEnvironment(options, Keys(tmp_path / "secrets.json"), outer={})


def load(
    name: str, environment: StackEnvironment, monkeypatch: pytest.MonkeyPatch
) -> ServiceSettings:
    with monkeypatch.context() as patch:
        for known in os.environ:
            patch.delenv(known)
        for key, value in environment.of(name).items():
            patch.setenv(key, value)
        return SETTINGS[name]()


@pytest.mark.parametrize("name", SETTINGS)
def test_each_service_reads_ports_and_addresses_of_its_own_stack(
    name: str, environment: StackEnvironment, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = load(name, environment, monkeypatch)
    shown = settings.model_dump()
    assert shown["port"] == environment.options.ports.of(name)
    assert settings.kafka_bootstrap_servers == "127.0.0.1:19192"
    assert settings.kafka_enable_idempotence
    # No default may be left that leads into a stack without offset.
    own = [str(value) for key, value in shown.items() if key.endswith(("_url", "_port"))]
    for port in ("8080", "8101", "8102", "8103", "8104", "8105", "8106", "8107", "8108", "15432"):
        assert not [value for value in own if port in value]
    if name in SERVICES:
        url = shown["database_url"]
        text = url if isinstance(url, str) else url.get_secret_value()
        assert text == f"postgresql://{name}:local@127.0.0.1:15532/xiangyou"


def test_no_well_known_secret_is_left(
    environment: StackEnvironment, monkeypatch: pytest.MonkeyPatch
) -> None:
    accounts = load("accounts", environment, monkeypatch)
    assert isinstance(accounts, AccountsSettings)
    assert accounts.development_secrets() == []
    for name in ("bookings", "notifications", "statistics", "venues", "web"):
        secret = load(name, environment, monkeypatch).service_secret
        assert secret == accounts.service_secrets[name]


def test_secrets_are_made_once_and_are_for_their_owner_only(tmp_path: Path) -> None:
    file = tmp_path / "secrets.json"
    made = Keys(file).key("service web")
    assert Keys(file).key("service web") == made
    assert Keys(file).key("service venues") != made
    assert Keys(tmp_path / "other.json").key("service web") != made
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
