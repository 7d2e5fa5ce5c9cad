"""docker-compose.yml: complete, closed to the outside, and in agreement with the settings."""

import ipaddress
import json
import re
import shutil
import stat
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from pydantic_settings import BaseSettings

from deploy.secrets.__main__ import main as write_secrets
from shared.schema.settings import SchemaSettings

ROOT = Path(__file__).resolve().parents[2]
COMPOSE = Path(sys.executable).with_name("docker-compose")
IMAGE = "xiangyou:0.1.0"
SETTINGS = {
    "accounts": "AccountsSettings",
    "venues": "VenuesSettings",
    "bookings": "BookingsSettings",
    "notifications": "NotificationsSettings",
    "statistics": "StatisticsSettings",
    "web": "WebSettings",
}
# Of our own image, and not read by the services: where its health check asks.
OF_THE_IMAGE = {"READY_URL"}
OF_OTHERS = {
    "caddy": {"SITE_HOST"},
    "postgres": {"POSTGRES_USER", "POSTGRES_PASSWORD", "POSTGRES_DB", "POSTGRES_INITDB_ARGS"},
    "kafka": {
        "KAFKA_ADVERTISED_LISTENERS",
        "KAFKA_AUTO_CREATE_TOPICS_ENABLE",
        "KAFKA_CONTROLLER_LISTENER_NAMES",
        "KAFKA_CONTROLLER_QUORUM_VOTERS",
        "KAFKA_DEFAULT_REPLICATION_FACTOR",
        "KAFKA_HEAP_OPTS",
        "KAFKA_INTER_BROKER_LISTENER_NAME",
        "KAFKA_LISTENERS",
        "KAFKA_LISTENER_SECURITY_PROTOCOL_MAP",
        "KAFKA_LOG_DIRS",
        "KAFKA_NODE_ID",
        "KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR",
        "KAFKA_PROCESS_ROLES",
        "KAFKA_SHARE_COORDINATOR_STATE_TOPIC_MIN_ISR",
        "KAFKA_SHARE_COORDINATOR_STATE_TOPIC_REPLICATION_FACTOR",
        "KAFKA_TRANSACTION_STATE_LOG_MIN_ISR",
        "KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR",
    },
    "prometheus": set(),
    "grafana": {
        "GF_ANALYTICS_CHECK_FOR_UPDATES",
        "GF_ANALYTICS_REPORTING_ENABLED",
        "GF_SECURITY_ADMIN_PASSWORD",
        "GF_USERS_ALLOW_SIGN_UP",
    },
    "mailpit": set(),
}

Parts = dict[str, dict[str, Any]]


def resolve(env_file: Path) -> subprocess.CompletedProcess[str]:
    """Have compose check the file and print what it makes of it, without our own environment."""
    command = [
        *(str(COMPOSE), "--env-file", str(env_file), "--file", str(ROOT / "docker-compose.yml")),
        *("--profile", "*", "config", "--format", "json"),
    ]
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(env_file.parent)}
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment)


@pytest.fixture(scope="module")
def env_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("compose") / "site.env"
    assert write_secrets(["--try", "--file", str(path)]) == 0
    return path


@pytest.fixture(scope="module")
def project(env_file: Path) -> dict[str, Any]:
    resolved = resolve(env_file)
    assert resolved.returncode == 0, resolved.stderr
    found: dict[str, Any] = json.loads(resolved.stdout)
    return found


@pytest.fixture(scope="module")
def parts(project: dict[str, Any]) -> Parts:
    found: Parts = project["services"]
    return found


@pytest.fixture(scope="module")
def ours(parts: Parts) -> Parts:
    return {name: part for name, part in parts.items() if part["image"] == IMAGE}


def service_of(part: dict[str, Any]) -> str:
    """Return which of our services a container runs, from its command."""
    return str(part["command"][0]).removeprefix("services.")


def environment_of(part: dict[str, Any]) -> dict[str, str]:
    return dict(part.get("environment") or {})


def test_each_role_of_each_service_has_a_container(ours: Parts) -> None:
    running = {
        (service_of(part), part["command"][-1]) for name, part in ours.items() if name != "schema"
    }
    services = {path.parent.name for path in ROOT.glob("services/*/__main__.py")}
    wanted = {(service, role) for service in services for role in ("api", "worker")}
    assert running == wanted - {("web", "worker")}
    assert ours["schema"]["command"] == ["shared.schema", "migrate"]


def test_every_setting_is_known(parts: Parts, ours: Parts) -> None:
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    known = set(re.findall(r"^([A-Z0-9_]+)=", example, re.MULTILINE)) | OF_THE_IMAGE
    for part in ours.values():
        assert set(environment_of(part)) <= known
    others = {name: set(environment_of(parts[name])) for name in parts.keys() - ours.keys()}
    assert others == OF_OTHERS


def test_every_service_accepts_its_settings_in_production(
    ours: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, part in ours.items():
        with monkeypatch.context() as patch:
            for variable, value in environment_of(part).items():
                patch.setenv(variable, value)
            assert load_settings(name, part) is not None


def load_settings(name: str, part: dict[str, Any]) -> BaseSettings:
    if name == "schema":
        settings = SchemaSettings()
        assert len(settings.passwords()) == 5
        return settings
    service = service_of(part)
    module = import_module(f"services.{service}.settings")
    loaded: BaseSettings = getattr(module, SETTINGS[service])()
    assert environment_of(part)["ENVIRONMENT"] == "production"
    port = getattr(loaded, "port", None)
    assert environment_of(part)["READY_URL"] == f"http://127.0.0.1:{port}/readyz"
    return loaded


def test_services_find_each_other(ours: Parts) -> None:
    for name, part in ours.items():
        for variable, value in environment_of(part).items():
            if match := re.fullmatch(r"http://([a-z-]+):([0-9]+)", value):
                host, port = match.groups()
                assert environment_of(ours[host])["READY_URL"].endswith(f":{port}/readyz"), variable
                assert set(ours[host]["networks"]) & set(part["networks"]), (name, host)


def test_only_caddy_is_public(project: dict[str, Any], parts: Parts) -> None:
    public = set()
    for name, part in parts.items():
        for port in part.get("ports", ()):
            address = port.get("host_ip")
            if address is None or not ipaddress.ip_address(address).is_loopback:
                public.add(name)
    assert public == {"caddy"}
    reaching = {name for name, part in parts.items() if "public" in part["networks"]}
    assert reaching == {"caddy"}
    for network in ("requests", "data", "messages"):
        assert project["networks"][network]["internal"] is True


def test_data_and_messages_are_closed_to_those_who_need_none(parts: Parts, ours: Parts) -> None:
    with_data = {name for name, part in parts.items() if "data" in part["networks"]}
    assert with_data == ours.keys() - {"web"} | {"postgres"}
    with_messages = {name for name, part in parts.items() if "messages" in part["networks"]}
    assert with_messages == {name for name in ours if name.endswith("-worker")} | {"kafka"}


def test_every_container_has_limits_and_comes_back(parts: Parts, ours: Parts) -> None:
    for name, part in parts.items():
        limits = part["deploy"]["resources"]["limits"]
        assert limits["memory"], name
        assert limits["cpus"], name
        assert part["restart"] == ("on-failure" if name == "schema" else "unless-stopped")
    for part in ours.values():
        assert part["read_only"] is True
        assert part["cap_drop"] == ["ALL"]


def test_services_start_after_what_they_need(ours: Parts) -> None:
    for name, part in ours.items():
        waits = {other: how["condition"] for other, how in part.get("depends_on", {}).items()}
        if name == "schema":
            assert waits == {"postgres": "service_healthy"}
        elif name != "web":
            assert waits.pop("schema") == "service_completed_successfully"
            expected = {"kafka": "service_healthy"} if name.endswith("-worker") else {}
            assert waits == expected


def test_every_mounted_file_exists(parts: Parts) -> None:
    mounted = [
        Path(volume["source"])
        for part in parts.values()
        for volume in part.get("volumes", ())
        if volume["type"] == "bind"
    ]
    assert len(mounted) >= 4
    assert [path for path in mounted if not path.exists()] == []


def test_prometheus_watches_every_container_of_ours(ours: Parts) -> None:
    watched = (ROOT / "deploy/prometheus/prometheus.yml").read_text(encoding="utf-8")
    found = {
        (name.strip(), port)
        for names, port in re.findall(r"names: \[([^]]+)\], type: A, port: ([0-9]+)", watched)
        for name in names.split(",")
    }
    ports = {
        name: re.findall(r":([0-9]+)/", environment_of(part)["READY_URL"])[0]
        for name, part in ours.items()
        if name != "schema"
    }
    assert found == set(ports.items())


@pytest.mark.parametrize("missing", ["SITE_HOST", "POSTGRES_PASSWORD", "BOOKINGS_TICKET_KEYS"])
def test_nothing_starts_without_its_secrets(env_file: Path, tmp_path: Path, missing: str) -> None:
    poorer = tmp_path / "poorer.env"
    lines = env_file.read_text(encoding="utf-8").splitlines(keepends=True)
    kept = [line for line in lines if not line.startswith(f"{missing}=")]
    assert len(kept) == len(lines) - 1
    poorer.write_text("".join(kept), encoding="utf-8")
    resolved = resolve(poorer)
    assert resolved.returncode != 0
    assert missing in resolved.stderr


def test_secrets_are_new_each_time_and_readable_by_their_owner_only(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = [tmp_path / "one.env", tmp_path / "other.env"]
    for file in files:
        assert write_secrets(["--host", "booking.example.org", "--file", str(file)]) == 0
        assert stat.S_IMODE(file.stat().st_mode) == stat.S_IRUSR | stat.S_IWUSR
    one, other = (set(re.findall(r"'(.{24,})'", file.read_text("utf-8"))) for file in files)
    assert one & other == {"no-reply@booking.example.org"}
    assert "fill in ACCOUNTS_OFFICE_CONTACTS" in capsys.readouterr().out


def test_secrets_are_never_written_over(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "site.env"
    file.write_text("precious", encoding="utf-8")
    assert write_secrets(["--try", "--file", str(file)]) == 1
    assert file.read_text(encoding="utf-8") == "precious"
    assert "exists" in capsys.readouterr().err


def test_a_site_that_nobody_described_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "site.env"
    assert write_secrets(["--host", "booking.example.org", "--file", str(file)]) == 0
    resolved = resolve(file)
    assert resolved.returncode != 0
    assert "name your mail server in .env" in resolved.stderr


def test_the_image_has_what_the_services_import(tmp_path: Path) -> None:
    # The image holds `shared` and `services` only: nothing of them may need the rest.
    for folder in ("shared", "services"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    services = sorted(SETTINGS)
    for module in ("shared.schema", *(f"services.{service}" for service in services)):
        helped = subprocess.run(
            [sys.executable, "-m", module, "--help"],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        assert helped.returncode == 0, helped.stderr


def test_only_machines_of_the_proxys_network_name_addresses(
    project: dict[str, Any], ours: Parts
) -> None:
    [pool] = project["networks"]["requests"]["ipam"]["config"]
    for name, part in ours.items():
        if name != "schema":
            assert environment_of(part)["TRUSTED_PROXIES"] == pool["subnet"], name
    assert ipaddress.ip_network(pool["subnet"]).num_addresses <= 256
