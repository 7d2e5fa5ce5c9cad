"""Make `docs/access.md`: who may call which route, from the one table of permissions."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from deploy.generate.api_documents import routes_of_all
from shared.core.ids import new_id
from shared.core.permissions import (
    ANYONE,
    ORGANISATION_ROLES,
    PEOPLE_ROLES,
    PERMISSIONS,
    SERVICE_PREFIX,
    VISITOR,
)
from shared.http.access import Caller, Grant
from shared.http.route import Route

COLUMNS: Final = (ANYONE, *PEOPLE_ROLES)

_SHORT: Final = {
    "office_viewer": "office viewer",
    "office_approver": "office approver",
    "office_director": "office director",
}

_INTRODUCTION: Final = """\
# Who may call what

Made from `shared/core/permissions.py` and the routes by `make generate`; don't edit it. Each route
names one permission of the table; a route without one can't be written, a role that is not listed
is refused. ✓ lets the role call the route. For the roles of an organisation (owner, manager, gate,
accountant) that is about the organisation's own venues and orders, perhaps about some of its
venues; for visitors about what is their own. What is not the caller's is not found: 404, the same
as for what does not exist.

Roles of an organisation and of the office are given only to sessions with a second factor. A
programme's API key may do what its scopes name, and nothing that its maker may not do.

What is marked as fresh needs a second factor that was shown within the last ten minutes, for
whatever is more than reading; no API key can show one.
"""


def access_matrix() -> Iterator[tuple[Path, str]]:
    """Return the page."""
    parts = [_INTRODUCTION, _permissions()]
    parts += [_routes(service, routes) for service, routes in routes_of_all()]
    yield Path("docs/access.md"), "\n".join(parts)


def caller_of(role: str) -> Caller | None:
    """Return a caller who has this role and no other besides the visitor's."""
    if role == ANYONE:
        return None
    if role.startswith(SERVICE_PREFIX):
        return Caller(service=role.removeprefix(SERVICE_PREFIX))
    if role in ORGANISATION_ROLES:
        grant = Grant(new_id(), role)
        return Caller(account_id=new_id(), roles=frozenset({VISITOR}), grants=(grant,))
    return Caller(account_id=new_id(), roles=frozenset({VISITOR, role}))


def lets_in(route: Route, role: str) -> bool:
    """Tell whether a route lets somebody with this role in."""
    return route.access.allows(caller_of(role))


def _permissions() -> str:
    rows = [
        (
            f"`{name}`",
            permission.does,
            ", ".join(sorted(permission.roles)),
            "✓" if permission.fresh else "",
        )
        for name, permission in sorted(PERMISSIONS.items())
    ]
    head = ("permission", "what", "roles", "fresh")
    return "\n".join(["## Permissions", "", *_table(head, rows), ""])


def _routes(service: str, routes: Sequence[Route]) -> str:
    head = ("route", "permission", *(_SHORT.get(role, role) for role in COLUMNS), "services")
    rows = [
        (
            f"{route.method} {route.path}",
            f"`{route.access.name}`",
            *("✓" if lets_in(route, role) else "" for role in COLUMNS),
            _services(route),
        )
        for route in sorted(routes, key=lambda route: (route.path, route.method))
    ]
    return "\n".join([f"## {service}", "", *_table(head, rows), ""])


def _services(route: Route) -> str:
    roles = PERMISSIONS[route.access.name].roles
    return ", ".join(
        sorted(role.removeprefix(SERVICE_PREFIX) for role in roles if SERVICE_PREFIX in role)
    )


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    lines = [" | ".join(head), " | ".join("---" for _ in head), *(" | ".join(row) for row in rows)]
    return [f"| {line} |" for line in lines]
