"""The only door leads to what is for people and programs outside, and to nothing else."""

from fnmatch import fnmatchcase
from pathlib import Path

from deploy.generate.api_documents import routes_of_all
from shared.core.permissions import PERMISSIONS, SERVICE_PREFIX
from shared.http.route import Route

CADDYFILE = Path("deploy/caddy/Caddyfile")


def patterns() -> list[str]:
    """Return the paths that the proxy keeps inside."""
    text = CADDYFILE.read_text(encoding="utf-8")
    block = text[text.index("@inside {") : text.index("handle @inside")]
    # A matcher set is a conjunction: several paths stand in one line.
    [line] = [line for line in block.splitlines() if line.strip().startswith("path ")]
    return line.split()[1:]


def is_inside(service: str, route: Route) -> bool:
    return any(matches(f"/api/{service}{route.path}", pattern) for pattern in patterns())


def matches(path: str, pattern: str) -> bool:
    """Match as Caddy does inside a path: a star stands for one segment, never for several."""
    segments, wanted = path.split("/"), pattern.split("/")
    return len(segments) == len(wanted) and all(map(fnmatchcase, segments, wanted))


def is_for_services(route: Route) -> bool:
    roles = PERMISSIONS[route.access.name].roles
    return route.access.name == "service.token" or all(
        role.startswith(SERVICE_PREFIX) for role in roles
    )


def test_what_our_services_ask_each_other_stays_inside_and_nothing_else() -> None:
    wrong = [
        f"{service} {route.method} {route.path}"
        for service, routes in routes_of_all()
        for route in routes
        if is_inside(service, route) != is_for_services(route)
    ]
    assert not wrong
