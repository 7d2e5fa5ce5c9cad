"""What is for machines inside has no way in from outside: figures, health, services' own talk."""

import ipaddress
import posixpath
import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Final

import pytest

from deploy.generate.api_documents import SERVICES, routes_of_all
from shared.core.permissions import ANYONE, PEOPLE_ROLES, PERMISSIONS

ROOT: Final = Path(__file__).parents[2]
CADDYFILE: Final = ROOT / "deploy/caddy/Caddyfile"
COMPOSE: Final = ROOT / "docker-compose.yml"
MACHINES: Final = ("/metrics", "/healthz", "/readyz")
# What services tell each other by, whoever asks.
SECRETS: Final = (
    "/accounts/v1/service-tokens",
    "/accounts/v1/revocations",
    "/notifications/v1/login-messages",
)
CLOSED: Final = "404"


def site() -> str:
    """Return the part of the Caddyfile that answers the world."""
    text = CADDYFILE.read_text(encoding="utf-8")
    return text[text.index("{$SITE_HOST} {") :]


def named(matcher: str) -> list[str]:
    """Return the paths of a named matcher, which stand in one line."""
    [paths] = re.findall(rf"@{matcher}(?: \{{\s*| )path ([^\n]+)", site())
    return str(paths).split()


def behind(path: str) -> str:
    """Return where a path leads: to a service, to the pages, or nowhere.

    The handles stand in this order in the file, which a test below asserts; Caddy resolves `..`
    and looks at paths without their case.
    """
    path = posixpath.normpath(path).lower()
    if any(_matches(path, one) for one in named("inside")):
        return CLOSED
    for service in SERVICES:
        way = f"/api/{service}"
        public = (f"{way}/v1/*", f"{way}/openapi.json", f"{way}/docs", f"{way}/docs/*")
        if any(_matches(path, one) for one in public):
            return service
    if any(_matches(path, one) for one in named("machines")):
        return CLOSED
    return "web"


def _matches(path: str, pattern: str) -> bool:
    """Match as Caddy does: a star at the end stands for everything, within for one segment."""
    if pattern.endswith("*") and pattern.count("*") == 1:
        return path.startswith(pattern[:-1])
    segments, wanted = path.split("/"), pattern.split("/")
    return len(segments) == len(wanted) and all(map(fnmatchcase, segments, wanted))


def of_machines() -> Iterator[str]:
    for one in MACHINES:
        yield one
        yield one.upper()
        for service in SERVICES:
            yield f"/api/{service}{one}"
            yield f"/api/{service}/v1/..{one}"
            yield f"/api/{service}/docs/..{one}"
            yield f"/API/{service}{one}"
    for way in SECRETS:
        yield f"/api{way}"
        yield f"/api/venues/..{way}"


@pytest.mark.parametrize("path", sorted(set(of_machines())))
def test_figures_health_and_services_talk_have_no_public_address(path: str) -> None:
    assert behind(path) == CLOSED


def test_what_only_our_services_may_call_has_no_public_address() -> None:
    people = {ANYONE, *PEOPLE_ROLES}
    inside = [
        f"/api/{service}{re.sub(r'{[^}]*}', 'x', route.path)}"
        for service, routes in routes_of_all()
        for route in routes
        if not PERMISSIONS[route.access.name].roles & people
    ]
    assert len(inside) >= 8
    assert [path for path in inside if behind(path) != CLOSED] == []


def test_the_doors_stand_in_the_order_in_which_they_are_read() -> None:
    order = ["@inside {", "handle @inside", "import api accounts", "@machines path", "\thandle {"]
    places = [site().index(one) for one in order]
    assert places == sorted(places)
    assert re.findall(r"import api (\w+)", site()) == list(SERVICES)
    assert "admin off" in CADDYFILE.read_text(encoding="utf-8")
    # Nothing else is let through: no other host, no other port.
    assert re.findall(r"^(\S.*) \{$", site(), re.MULTILINE) == ["{$SITE_HOST}"]


def test_only_the_proxy_has_ports_and_only_for_the_web() -> None:
    text = COMPOSE.read_text(encoding="utf-8")
    part, public = "", {}
    for line in text.splitlines():
        if found := re.fullmatch(r"  ([a-z-]+):", line):
            part = found[1]
        if found := re.fullmatch(r" +ports: \[(.*)\]", line):
            ports = re.findall(r'"([^"]+)"', found[1])
            public[part] = [port for port in ports if not _is_local(port)]
    assert len(public) == text.count("ports:") >= 2
    assert {name: ports for name, ports in public.items() if ports} == {
        "caddy": ["80:80", "443:443", "443:443/udp"]
    }
    assert "network_mode" not in text


def _is_local(port: str) -> bool:
    host, *ports = port.split(":")
    return len(ports) > 1 and ipaddress.ip_address(host).is_loopback
